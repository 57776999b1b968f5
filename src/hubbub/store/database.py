"""The one boundary to PostgreSQL: connecting, migrating, and what its errors mean to the room.

Every connection commits each statement by itself; a change of the room is one statement.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias, cast

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ClauseElement, Connection, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.compiler import SQLCompiler

from hubbub.errors import CannotStart, Unavailable

CONNECT = 5.0  # seconds for a new connection
STATEMENT = 8.0  # seconds for one statement, so that whoever sends is answered within ten
DOORS = 8  # connections of one process for whoever asks at its doors
TASKS = 3  # … and for its writer, feed and presence, so that no rush at the doors holds up the room
POOL = DOORS + TASKS

# Classes of SQLSTATE that pass by themselves: connection, resources, operator, a read-only replica.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
AWAY = ("08", "53", "57", "58", "25006")

# What the driver raises when it has lost its connection, or its place in what is said on it.
LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Held while migrating, so that two servers do not do it at once. Any number of our own.
MIGRATING = 4_852_001

# A string, because asyncpg's connections are generic for type checkers only.
Driver: TypeAlias = "asyncpg.Connection[Any]"

log = structlog.get_logger()


def create_engine(dsn: str, connections: int = DOORS) -> AsyncEngine:
    """Return a pool of so many connections to a `postgresql://` address, none of them open yet."""
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn, timeout=CONNECT, command_timeout=STATEMENT),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # of errors: they hold what people say, and errors are logged
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECT,
    )


@asynccontextmanager
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Lend a connection; whatever says that the database is away becomes `Unavailable`."""
    try:
        async with engine.connect() as lent:
            yield lent
    except (*LOST, PoolTimeoutError) as error:
        raise Unavailable from error
    except asyncpg.PostgresError as error:
        _translate(error, error)
    except DBAPIError as error:
        _translate(error, error.orig)


class Row(Protocol):
    """Values by the names of their columns, whether SQLAlchemy or the driver has fetched them."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 as it is what the column is
        """Return one value."""


class Question:
    """A statement that is put together once and asked often, with its values by name.

    It goes to the driver as it is: what SQLAlchemy does for each execution costs more than the answer.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self._text = str(compiled)
        self._names: Sequence[str] = cast("SQLCompiler", compiled).positiontup or ()

    async def ask(self, engine: AsyncEngine, **values: object) -> Sequence[Row]:
        """Return the rows; raises `Unavailable`."""
        async with connection(engine) as lent:
            while (driver := cast("Driver", (await lent.get_raw_connection()).driver_connection)).is_closed():
                await lent.invalidate()  # it ended while nobody used it: another is lent instead
            try:
                return await driver.fetch(self._text, *(values[name] for name in self._names))
            except BaseException as error:
                if not isinstance(error, asyncpg.PostgresError) or driver.is_closed():
                    await lent.invalidate()  # the pool cannot know what became of it
                raise


def _translate(error: Exception, cause: BaseException | None) -> None:
    state = getattr(cause, "sqlstate", None)
    if state is None or state.startswith(AWAY):
        raise Unavailable from error
    raise error


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to this version's tables; a second server waits for the first.

    One that a newer version has migrated is left as it is: migrations never take away what the version
    before them needs.

    Raises `CannotStart` when the database cannot be reached or refuses.
    """
    try:
        async with engine.connect() as lent:
            transaction = await lent.execution_options(isolation_level="READ COMMITTED")
            async with transaction.begin():
                if (await transaction.execute(text("show server_encoding"))).scalar_one() != "UTF8":
                    raise CannotStart("the database must be encoded in UTF8 (HUBBUB_DATABASE_URL); make another one")
                await transaction.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
                await transaction.run_sync(_upgrade)
    except (*LOST, asyncpg.PostgresError, DBAPIError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__]
        raise CannotStart(f"cannot use the database (HUBBUB_DATABASE_URL): {reason[0]}") from error


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
