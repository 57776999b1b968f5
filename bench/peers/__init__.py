"""Peers, each in the way its own documentation recommends; they only pass messages on, and store none."""
