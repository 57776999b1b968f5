"""The store: the room's log and roster in PostgreSQL."""
