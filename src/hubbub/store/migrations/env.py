"""Run by Alembic: migrates over the connection that `store.migrations.run` holds."""

from alembic import context

from hubbub.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
)
context.run_migrations()
