"""The web: pages, API and stream. Knows the room, and nothing of what the room stands on."""
