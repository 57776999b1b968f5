"""The doorbell on PostgreSQL's LISTEN and NOTIFY.

A connection of its own, because a pooled one loses its LISTEN. NOTIFY is sent outside any other
transaction: inside one it would hold a lock of the whole cluster until the commit is on disk.
Rings are gathered: while one NOTIFY is on its way, any number of others become the next one.
"""

import asyncio
from contextlib import suppress
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from hubbub.errors import Unavailable

BELL = "hubbub"  # PostgreSQL calls it a channel
PATIENCE = 5.0  # seconds for connecting and for one NOTIFY

# A string, because asyncpg's connections are generic for type checkers only.
Listening: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"


class PostgresBell:
    """Rings in every process that runs `run` on the same database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        # Set by a ring from anywhere, until somebody who waited has seen it.
        self._rung = asyncio.Event()
        # Set by a ring of this process that the others have not been told of.
        self._untold = asyncio.Event()
        self.connected = False

    def ring(self) -> None:
        """Tell every process that the log has moved; this one at once."""
        self._rung.set()
        self._untold.set()

    async def wait(self, patience: float) -> None:
        """Return at the next ring, or after so many seconds. For one waiter: the feed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rung.wait()
        self._rung.clear()

    async def run(self) -> None:
        """Listen and tell for ever; raises `Unavailable` when the connection is lost."""
        try:
            connection = await asyncpg.connect(self._dsn, timeout=PATIENCE, command_timeout=PATIENCE)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Unavailable(f"The bus cannot connect: {error}") from error
        try:
            await self._serve(connection)
        finally:
            self.connected = False
            connection.terminate()

    async def _serve(self, connection: Listening) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(BELL, self._hear)
            self.connected = True
            self._rung.set()  # bells may have been missed while nobody listened
            while await self._until_untold(lost):
                await connection.execute(f"NOTIFY {BELL}")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Unavailable(f"The bus is lost: {error}") from error
        raise Unavailable("The bus is lost: its connection was closed")

    def _hear(self, connection: Listening, sender: int, _channel: str, _payload: object) -> None:
        if sender != connection.get_server_pid():  # our own ring has been heard already
            self._rung.set()

    async def _until_untold(self, lost: asyncio.Event) -> bool:
        """Return true when there is a ring to tell of, false when the connection is lost."""
        waits = [asyncio.create_task(event.wait()) for event in (self._untold, lost)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._untold.clear()
        return not lost.is_set()
