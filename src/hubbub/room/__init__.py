"""The domain: what a room is and what happens in it. Knows no driver and no web."""
