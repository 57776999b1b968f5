"""The healthy neighbour of an attacker: says something every 50 ms and measures until it comes back."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.clients import ARRIVAL, Crowd, Stream
from tests.support.servers import Server

PACE = 0.05  # seconds between two messages
CALM = 1.5  # seconds of measuring before an attack
GROWTH = 48  # mebibytes for whatever an allocator keeps


@dataclass(frozen=True)
class Latency:
    """Seconds from saying something to its arrival."""

    median: float
    worst: float

    def __str__(self) -> str:
        """Tell it to a person."""
        return f"p50 {self.median * 1000:.1f} ms, worst {self.worst * 1000:.0f} ms"


class Neighbour:
    """One stream that talks and listens all the time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        # What is on its way, and since when.
        self._said: dict[str, float] = {}
        self._latencies: list[float] = []
        self._nothing_on_its_way = asyncio.Event()

    async def during(self, attack: Awaitable[object]) -> Latency:
        """Return the latency while something else happens; all that is said must arrive."""
        self._latencies.clear()
        await attack
        await asyncio.sleep(0)  # so that even the shortest attack has one message
        await self.catches_up()
        return Latency(statistics.median(self._latencies), max(self._latencies))

    async def catches_up(self) -> None:
        """Return when all that was said has come back."""
        self._nothing_on_its_way.clear()
        async with asyncio.timeout(ARRIVAL):
            await self._nothing_on_its_way.wait()

    async def calm(self) -> Latency:
        """Return the latency while nothing else happens."""
        return await self.during(asyncio.sleep(CALM))

    async def talk(self) -> None:
        """Talk for ever."""
        while True:
            begun = time.perf_counter()
            self._said[await self._stream.say("still here")] = begun
            await asyncio.sleep(PACE)

    async def listen(self) -> None:
        """Listen for ever; nothing may be refused and the stream may not end."""
        while True:
            frame = await self._stream.frame()
            assert "refused" not in frame, frame
            for message in frame.get("messages", ()):  # some say only who is typing
                if (begun := self._said.pop(message["key"], None)) is not None:
                    self._latencies.append(time.perf_counter() - begun)
            if not self._said and self._latencies:
                self._nothing_on_its_way.set()


@asynccontextmanager
async def neighbour_in(crowd: Crowd) -> AsyncIterator[Neighbour]:
    """Let somebody live next door; whatever ends their stream fails the test."""
    neighbour = Neighbour(await (await crowd.join("Neighbour")).stream())
    async with asyncio.TaskGroup() as life:
        lives = [life.create_task(neighbour.talk()), life.create_task(neighbour.listen())]
        yield neighbour
        for one in lives:
            one.cancel()


def assert_unharmed(before: Latency, under: Latency, attack: str, slack: float = 0.25) -> None:
    """Check what an attack did to a neighbour, and tell it; generous, because the machine may be busy."""
    print(f"{attack}: before {before}; meanwhile {under}")  # noqa: T201 as it is the figure that is asked for
    assert under.median <= 10 * before.median + slack


def errors(server: Server) -> list[str]:
    """Return what was logged of which nobody wants to be woken by an attacker."""
    return [line for line in server.logged if '"error"' in line or "Traceback" in line or "exception" in line]
