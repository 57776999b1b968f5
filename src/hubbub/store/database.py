"""The one boundary to PostgreSQL: connecting, asking, and what its errors mean to the room.

Every connection commits each statement by itself; a change of the room is one statement.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, Self, TypeAlias, cast

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from hubbub.errors import Unavailable

CONNECT = 5.0  # seconds for a connection: until one is free, or a new one is there
STATEMENT = 8.0  # seconds for one statement, so that whoever sends is answered within ten
DOORS = 8  # connections of one process for whoever asks at its doors
TASKS = 3  # … and for its writer, feed and presence, so that no rush at the doors holds up the room
POOL = DOORS + TASKS

# Every question reads a few rows by an index, whatever its values: tests/integration/test_plans.py sees to that. Left
# alone, PostgreSQL errs in two ways. Of a limit that it does not know it expects many rows: it would plan each time
# anew, compile what it reads with, start processes and lay out tables for rows that never come. And a plan made while
# the room was empty reads whole tables, and is kept while they grow.
SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    **dict.fromkeys(("enable_memoize", "enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off"),
}

# Classes of SQLSTATE that pass by themselves: connection, resources, operator, a read-only replica.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
AWAY = ("08", "53", "57", "58", "25006")

# What the driver raises when it has lost its connection, or its place in what is said on it.
LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# A string, because asyncpg's connections are generic for type checkers only.
Driver: TypeAlias = "asyncpg.Connection[Any]"


class Database:
    """A pool of so many connections to a `postgresql://` address, none of them open before it is needed.

    Used as an async context, it is closed at its end.
    """

    def __init__(self, dsn: str, connections: int = DOORS) -> None:
        self.dsn = dsn
        self._pool = asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=connections,
            max_inactive_connection_lifetime=0,
            reset=_leave_as_it_is,
            timeout=CONNECT,
            command_timeout=STATEMENT,
            server_settings=SETTINGS,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; one that is lent is waited for."""
        await self._pool  # it may never have been asked for anything
        await self._pool.close()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Driver]:
        """Lend a connection; whatever says that the database is away becomes `Unavailable`."""
        try:
            await self._pool  # which opens nothing yet
            async with self._pool.acquire(timeout=CONNECT) as lent:
                try:
                    yield cast("Driver", lent)
                except BaseException as error:
                    if not isinstance(error, asyncpg.PostgresError):
                        lent.terminate()  # nobody knows what became of it; another is opened instead
                    raise
        except LOST as error:
            raise Unavailable from error
        except asyncpg.PostgresError as error:
            if not (state := getattr(error, "sqlstate", None)) or state.startswith(AWAY):
                raise Unavailable from error
            raise


async def _leave_as_it_is(_: object) -> None:
    """Do nothing to a connection that is given back: each statement stands alone, and leaves nothing behind."""


class Row(Protocol):
    """Values in their order, and by the names of their columns."""

    def __iter__(self) -> Iterator[Any]:
        """Return the values."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 as it is what the column is
        """Return one value."""


class Question:
    """A statement that is put together once and asked often, with its values by name.

    SQLAlchemy writes it and the driver is asked: what SQLAlchemy does for each execution costs more than the answer.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self._text = str(compiled)
        self._names: Sequence[str] = cast("SQLCompiler", compiled).positiontup or ()

    async def ask(self, database: Database, **values: object) -> Sequence[Row]:
        """Return the rows; raises `Unavailable`."""
        async with database.lend() as driver:
            return await driver.fetch(self._text, *(values[name] for name in self._names))
