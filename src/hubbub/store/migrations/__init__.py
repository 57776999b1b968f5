"""Migrations, which only ever go forward, and Alembic, which runs them."""

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from hubbub.errors import CannotStart
from hubbub.store.database import CONNECT

# Held while migrating, so that two servers do not do it at once. Any number of our own.
MIGRATING = 4_852_001

log = structlog.get_logger()


async def run(dsn: str) -> None:
    """Migrate a database in one transaction; raises `CannotStart`, or what SQLAlchemy does."""
    async with engine(dsn).begin() as transaction:
        if (await transaction.execute(text("show server_encoding"))).scalar_one() != "UTF8":
            raise CannotStart("the database must be encoded in UTF8 (HUBBUB_DATABASE_URL); make another one")
        await transaction.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
        await transaction.run_sync(_upgrade)


def engine(dsn: str) -> AsyncEngine:
    """Return what migrates a database; nothing stays open."""
    return create_async_engine(
        "postgresql+asyncpg://",
        # Without a limit on statements: a change of a large table takes its time.
        async_creator=lambda: asyncpg.connect(dsn, timeout=CONNECT),
        poolclass=NullPool,
        hide_parameters=True,
    )


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "hubbub.store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None or current in known:
        command.upgrade(config, "head")
    else:
        # A newer version was here, and runs beside this one while the servers are replaced one by one.
        log.warning("the database is ahead of this version", revision=current)
