"""The bus on PostgreSQL's LISTEN and NOTIFY.

A connection of its own, because a pooled one loses its LISTEN. NOTIFY is sent outside any other
transaction: inside one it would hold a lock of the whole cluster until the commit is on disk.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from hubbub.bus.shared import PATIENCE, Line, SharedBus
from hubbub.errors import Unavailable

CHANNEL = "hubbub"  # PostgreSQL's word for it
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# A string, because asyncpg's connections are generic for type checkers only.
Connection: TypeAlias = "asyncpg.Connection[Any]"


class PostgresBus(SharedBus):
    """Reaches every process on the same database."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._dsn = dsn

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        try:
            connection = await asyncpg.connect(self._dsn, timeout=PATIENCE, command_timeout=PATIENCE)
        except AWAY as error:
            raise Unavailable(f"The bus cannot connect: {error}") from error
        try:
            connection.add_termination_listener(lambda _: self._stirred.set())
            await connection.add_listener(CHANNEL, self._take_notification)
            yield PostgresLine(connection)
        except AWAY as error:
            raise Unavailable(f"The bus is lost: {error}") from error
        finally:
            connection.terminate()

    def _take_notification(
        self, connection: "Connection | PoolConnectionProxy[Any]", sender: int, _channel: str, text: object
    ) -> None:
        # Our own has been heard already; and one may arrive after the end, when nobody knows which is our own.
        if not connection.is_closed() and sender != connection.get_server_pid():
            self._hear(str(text))


class PostgresLine:
    """A connection that listens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._connection.is_closed()

    async def send(self, text: str) -> None:
        """Notify all who listen."""
        await self._connection.execute("select pg_notify($1, $2)", CHANNEL, text)

    async def check(self) -> None:
        """Ask something, and wait for the answer."""
        await self._connection.execute("select 1")
