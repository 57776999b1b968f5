"""Buses of every sort: where they meet, and what is heard on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from hubbub.bus.local import LocalBus
from hubbub.bus.nats import NatsBus
from hubbub.bus.postgres import PostgresBus
from hubbub.bus.shared import SharedBus
from hubbub.room.ports import Note
from tests.support.clients import ARRIVAL
from tests.support.links import DatabaseLink, FaultyLink
from tests.support.nats import Cluster
from tests.support.parts import task

NEVER = 3600.0  # seconds: what comes sooner has been heard


class Place(NamedTuple):
    """Where buses of one sort meet, and the link that leads there."""

    sort: str
    link: FaultyLink
    address: str

    def bus(self) -> SharedBus:
        """Return a bus that does not run yet."""
        return make(self.sort, self.address)


def make(sort: str, address: str) -> SharedBus:
    """Return a bus of a sort that does not run yet."""
    return PostgresBus(address) if sort == "postgres" else NatsBus(address.split(","), "hubbub.test")


@contextmanager
def postgres_place(address: str) -> Iterator[Place]:
    """Let buses meet on a database, by a link that can be cut."""
    with DatabaseLink(address) as link:
        yield Place("postgres", link, link.dsn)


@contextmanager
def nats_place(cluster: Cluster) -> Iterator[Place]:
    """Let buses meet on NATS, by a link that can be cut."""
    with FaultyLink(cluster.ports[0]) as link:
        yield Place("nats", link, link.url.replace("http", "nats"))


@asynccontextmanager
async def listening(bus: SharedBus) -> AsyncIterator[SharedBus]:
    """Run a bus that has connected and has nothing to hear yet."""
    async with task(bus.run):
        await heard(bus)  # it rings itself once it listens
        assert bus.connected
        yield bus
    assert not bus.connected


async def heard(bus: LocalBus) -> None:
    """Return when the bell rings; fail when it does not."""
    async with asyncio.timeout(ARRIVAL):
        assert await bus.wait(NEVER)


async def silent(bus: LocalBus) -> None:
    """Fail if the bell rings now."""
    assert not await bus.wait(0.05)


class Notes:
    """A listener that can be asked what it has heard."""

    def __init__(self, bus: LocalBus) -> None:
        self.taken: list[Note] = []
        self._arrived = asyncio.Event()
        bus.listen(self._take)

    def _take(self, note: Note) -> None:
        self.taken.append(note)
        self._arrived.set()

    async def until(self, condition: Callable[[list[Note]], bool]) -> None:
        """Return once the condition holds."""
        async with asyncio.timeout(ARRIVAL):
            while not condition(self.taken):
                self._arrived.clear()
                await self._arrived.wait()
