"""Bringing a database to this version's tables, which a server does whenever it starts."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from hubbub.errors import CannotStart
from hubbub.store.database import CONNECT, LOST

REVISION = "0005"  # the newest of the migrations


async def migrate(dsn: str) -> None:
    """Bring the database to this version's tables; a second server waits for the first.

    One that a newer version has migrated is left as it is: migrations never take away what the version
    before them needs.

    Raises `CannotStart` when the database cannot be reached or refuses.
    """
    try:
        if await _revision(dsn) != REVISION:
            # Only now, as most starts find nothing to do: it takes as long to import as a third of all the others.
            from hubbub.store import migrations  # noqa: PLC0415

            await migrations.run(dsn)
    except (*LOST, asyncpg.PostgresError, DBAPIError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__]
        raise CannotStart(f"cannot use the database (HUBBUB_DATABASE_URL): {reason[0]}") from error


async def _revision(dsn: str) -> str | None:
    """Return the migration that the database is at, None if it has none of them."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    finally:
        await connection.close()
