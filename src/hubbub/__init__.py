"""Hubbub: one room, everyone in it."""
