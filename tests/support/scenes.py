"""A room that is told by hand: nothing comes by chance, and the ration of what is told of people is the test's."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hubbub.assembly import Parts, put_together, serve
from hubbub.bus.local import LocalBus
from hubbub.settings import load
from hubbub.store.database import Database
from hubbub.web import audience as fan_out
from hubbub.web.front_page import PEOPLE
from hubbub.web.ration import SAVED, Ration
from tests.support.clients import Crowd, HtmlStream, Stream
from tests.support.shown import Shown
from tests.support.stored import ALL, StoredRoom

STORM = PEOPLE + 1  # people who are told in one delivery: one more than may be


class Clock:
    """The clock of the ration, which stands still unless it is put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Scene:
    """A room that is told by hand, and its people."""

    def __init__(self, parts: Parts, crowd: Crowd, room: StoredRoom, clock: Clock, ration: Ration) -> None:
        self.audience = parts.audience
        self.crowd = crowd
        self.room = room
        self._clock = clock
        self._ration = ration

    async def come(self, *names: str) -> None:
        """Let people come, and tell of them at once."""
        for name in names:
            await self.room.enter(name)
        await self.tell()

    async def storm(self, name: str = "storm") -> None:
        """Let more come than may be told as rows."""
        await self.come(*(f"{name} {number:03}" for number in range(STORM)))

    async def say(self, body: str) -> None:
        """Let somebody say something, and tell it."""
        await self.room.say(await self.room.enter("storm 000"), body)
        await self.tell()

    async def tell(self) -> None:
        """Tell what changed, as the feed does."""
        await self.audience.deliver(await self.room.log.changes(self.audience.latest.rev, ALL))

    def spends(self) -> None:
        """Use up all that was saved."""
        self.saves()
        assert self._ration.take(SAVED)

    def saves(self) -> None:
        """Let the time pass in which all is saved that can be."""
        self._clock.now += 1_000

    async def page(self) -> Shown:
        """Open the front page."""
        response = await self.crowd.http.get("/")
        assert response.status_code == 200
        return Shown(response.text)

    async def json(self, after: int | None = None) -> Stream:
        """Open a stream of somebody whom the room does not list, and take its greeting."""
        stream = await self.crowd.stream(view="lobby", after=after)
        await stream.frame()
        return stream

    async def html(self, after: int | None = None) -> HtmlStream:
        """Open a stream of markup."""
        return HtmlStream((await self.crowd.stream(view="lobby", form="html", after=after)).socket)


@asynccontextmanager
async def told_by_hand(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Serve such a room, without the tasks that would tell something by themselves."""
    clock = Clock()
    ration = Ration(clock)
    monkeypatch.setattr(fan_out, "Ration", lambda: ration)
    monkeypatch.setattr(fan_out, "BEAT", 0.1)
    monkeypatch.setattr(fan_out, "SOONER", 0.05)
    monkeypatch.setattr(fan_out, "RECENT", STORM)  # rows that are held for who returns
    parts = await put_together(load({}), database, database, LocalBus())
    for name in ("audience", "feed", "presence"):
        del parts.children[name]
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(serve(parts, listening, stop, shares_port=False))
        async with Crowd(f"http://127.0.0.1:{listening.getsockname()[1]}") as crowd:
            yield Scene(parts, crowd, StoredRoom(database), clock, ration)
        stop.set()
        await serving
