"""Alembic's surroundings for Hubbub's migrations, which only ever go forward."""
