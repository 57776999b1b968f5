"""Small parts that stand where the room expects one: a bell rung by hand, and a listener that keeps a diary."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from hubbub.room.changes import Changes, Message, User
from tests.support.clients import ARRIVAL


class HandBell:
    """A bell for one process; patience never runs out, so whatever is heard has been rung."""

    def __init__(self) -> None:
        self.rings = 0
        # Set while somebody waits.
        self.awaited = asyncio.Event()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self.rings += 1
        self._rung.set()

    async def wait(self, patience: float) -> bool:
        assert patience > 0
        self.awaited.set()
        await self._rung.wait()
        self._rung.clear()
        self.awaited.clear()
        return True


class Diary:
    """A listener that writes down what it is told, and can fail before or after it has."""

    def __init__(self) -> None:
        self.deliveries: list[Changes] = []
        self.resets: list[Changes] = []
        # Whether the log was there, each time that this changed.
        self.turns: list[str] = ["back"]
        # What the next deliveries do once they have been written down; nothing when empty.
        self.failures: list[Exception] = []
        self._written = asyncio.Event()

    def recall(self, changes: Changes) -> None:
        self.deliveries.append(changes)

    async def deliver(self, changes: Changes) -> None:
        self.deliveries.append(changes)
        self._written.set()
        if self.failures:
            raise self.failures.pop(0)

    def reset(self, latest: Changes) -> None:
        self.resets.append(latest)
        self._written.set()

    async def away(self) -> None:
        self._turn("away")

    async def back(self) -> None:
        self._turn("back")

    def _turn(self, now: str) -> None:
        if self.turns[-1] != now:
            self.turns.append(now)
            self._written.set()

    async def until(self, condition: Callable[["Diary"], object]) -> None:
        """Return once the condition holds. For one waiter: the test."""
        async with asyncio.timeout(ARRIVAL):
            while not condition(self):
                self._written.clear()
                await self._written.wait()

    @property
    def messages(self) -> list[Message]:
        """All messages in the order in which they came."""
        return [message for changes in self.deliveries for message in changes.messages]

    @property
    def users(self) -> dict[int, User]:
        """What is known of each user."""
        return {user.id: user for changes in self.deliveries for user in changes.users}

    @property
    def bodies(self) -> list[str]:
        """What was said, in the order in which it came."""
        return [message.body for message in self.messages]


@asynccontextmanager
async def task(run: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator["asyncio.Task[None]"]:
    """Run something that runs for ever, until the block ends."""
    running = asyncio.create_task(run())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])


async def eventually(question: Callable[[], Awaitable[object]]) -> None:
    """Ask the database, which tells nobody by itself, until the answer is true."""
    async with asyncio.timeout(ARRIVAL):
        while not await question():  # noqa: ASYNC110 as it is another process's event
            await asyncio.sleep(0.01)
