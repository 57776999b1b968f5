"""Benches: figures that anybody can measure again, each with its command."""
