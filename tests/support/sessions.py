"""Bare sessions with PostgreSQL, for tests in which one holds a lock that another waits for."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg

from hubbub.store.database import SETTINGS
from tests.support.clients import ARRIVAL

# A string, because asyncpg's connections are generic for type checkers only.
Session: TypeAlias = "asyncpg.Connection[Any]"
T = TypeVar("T")

BLOCKED = "select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)))"


@asynccontextmanager
async def session(database_url: str) -> AsyncIterator[Session]:
    """Lend one connection, as the store has them."""
    connection = await asyncpg.connect(database_url, server_settings=SETTINGS)
    try:
        yield connection
    finally:
        await connection.close()


async def overtake(database_url: str, statement: str, second: Coroutine[Any, Any, T]) -> T:
    """Run a statement in a transaction and commit it once `second` waits for its locks; return what that got."""
    async with session(database_url) as first, session(database_url) as observer:
        async with first.transaction():
            await first.execute(statement)
            waiting = asyncio.create_task(second)
            async with asyncio.timeout(ARRIVAL):
                while not await observer.fetchval(BLOCKED, first.get_server_pid()):
                    assert not waiting.done(), "it did not wait"
        async with asyncio.timeout(ARRIVAL):
            return await waiting
