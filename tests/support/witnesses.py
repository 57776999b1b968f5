"""Witnesses: they follow a room and write down what it shows of everybody, however short."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.support.clients import ARRIVAL, Crowd, Stream
from tests.support.parts import task


class Witness:
    """Somebody who follows the room and writes down every change of a user."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        # Names and whether they are online, in the order in which that was told.
        self.told: list[tuple[str, bool]] = []
        self._news = asyncio.Event()

    async def watch(self) -> None:
        """Watch for ever."""
        while True:
            frame = await self.stream.frame()
            self.told += [(user["name"], user["online"]) for user in frame["users"]]
            self._news.set()

    async def sees(self, condition: Callable[["Witness"], object], patience: float = ARRIVAL) -> None:
        """Return once the condition holds."""
        async with asyncio.timeout(patience):
            while not condition(self):
                await self._news.wait()
                self._news.clear()

    async def sees_all(self, *names: str, online: bool, patience: float = ARRIVAL) -> None:
        """Return once these people have this status."""
        await self.sees(lambda one: all(one.stream.shows(name, online=online) for name in names), patience)

    def told_of(self, name: str) -> list[bool]:
        """Return what was told of somebody's status, from when they were first online."""
        told = [online for one, online in self.told if one == name]
        return told[told.index(True) :] if True in told else []


@asynccontextmanager
async def witness_in(crowd: Crowd) -> AsyncIterator[Witness]:
    """Let somebody watch the room of a crowd."""
    witness = Witness(await crowd.stream(view="lobby", after=0))
    async with task(witness.watch):
        yield witness
