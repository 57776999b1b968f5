"""The bus of a room that is one process, and the near half of every other bus."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from hubbub.metrics import BUS_CONNECTED
from hubbub.room.ports import Note


class LocalBus:
    """Implements `room.ports.Bell` and `room.ports.Notes` within one process."""

    def __init__(self) -> None:
        # Set by a ring from anywhere, until somebody who waited has seen it.
        self._rung = asyncio.Event()
        self._listeners: list[Callable[[Note], None]] = []
        self.connected = False

    def ring(self) -> None:
        """Tell every process that the log has moved; this one at once."""
        self._rung.set()

    async def wait(self, patience: float) -> bool:
        """Return true at the next ring, false after so many seconds. For one waiter: the feed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rung.wait()
        heard = self._rung.is_set()
        self._rung.clear()
        return heard

    def tell(self, note: Note) -> None:
        """Pass a note to the listeners of every process; to those of this one at once."""
        for listener in self._listeners:
            listener(note)

    def listen(self, listener: Callable[[Note], None]) -> None:
        """Call a listener with every note from now on."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Connect this process with the others for ever."""
        self._turn(connected=True)
        await asyncio.get_running_loop().create_future()

    def _turn(self, *, connected: bool) -> None:
        self.connected = connected
        BUS_CONNECTED.set(connected)
