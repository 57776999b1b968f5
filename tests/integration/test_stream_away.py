"""Streams are told that the room is cut off from its database, stay open, and are told when that is over.

The real parts in the process of the test, without the tasks that would tell something by themselves: what is seen
here came at once.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from hubbub.assembly import Parts, put_together
from hubbub.bus.local import LocalBus
from hubbub.settings import load
from hubbub.store.database import Database
from hubbub.web import audience as fan_out
from hubbub.web.audience import AWAY
from tests.support.clients import Crowd, Stream
from tests.support.indoors import people_in
from tests.support.markup import Page
from tests.support.parts import task

TOLD = {"refused": {"key": None, "code": "unavailable", "detail": AWAY.detail, "retry_after": 1.0}}


@pytest.fixture
async def parts(database_url: str) -> AsyncIterator[Parts]:
    database = Database(database_url)
    parts = await put_together(load({}), database, database, LocalBus())
    del parts.children["audience"], parts.children["feed"]
    yield parts
    await database.close()


@pytest.fixture
async def crowd(parts: Parts) -> AsyncIterator[Crowd]:
    async with people_in(parts) as everybody:
        yield everybody


async def is_told_where_the_room_is(stream: Stream) -> None:
    assert (await stream.frame()).keys() == {"rev", "messages", "users", "online", "total"}


async def test_every_stream_is_told_at_once_and_when_it_is_over(crowd: Crowd, parts: Parts) -> None:
    ana = await crowd.join("Ana")
    room, lobby = await ana.stream(), await crowd.stream(view="lobby")
    html = [await ana.html_stream(), await ana.html_stream(view="lobby")]
    await asyncio.gather(*(one.frame() for one in (room, lobby)), *(one.frame() for one in html))
    with capture_logs() as lines:
        for _ in range(3):  # every try of the feed tells it again
            await parts.audience.away()
        await parts.audience.back()
    assert [(line["event"], line["streams"]) for line in lines] == [("room away", 4), ("room back", 4)]
    for stream in (room, lobby):
        assert await stream.frame() == TOLD
        await is_told_where_the_room_is(stream)
    for markup in html:
        (refusal,) = Page(await markup.frame()).elements
        assert refusal.attributes == {"action": "refuse", "target": "", "code": "unavailable", "retry-after": "1.0"}
        assert refusal.text == AWAY.detail
        (advance,) = Page(await markup.frame()).elements
        assert advance["action"] == "advance"


async def test_every_beat_tells_it_until_it_is_over(
    crowd: Crowd, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEAT", 0.01)
    stream = await (await crowd.join("Ana")).stream()
    await stream.frame()
    await parts.audience.away()
    async with task(parts.audience.run):
        for _ in range(3):
            assert await stream.frame() == TOLD
        await parts.audience.back()
        while await stream.frame() == TOLD:
            pass  # beats of before
        for _ in range(3):
            await is_told_where_the_room_is(stream)


async def test_a_stream_that_opens_meanwhile_is_told_after_the_answer_to_its_cursor(crowd: Crowd, parts: Parts) -> None:
    await parts.audience.away()
    stream = await (await crowd.join("Ana")).stream()
    await is_told_where_the_room_is(stream)
    assert await stream.frame() == TOLD
    await parts.audience.back()
    await is_told_where_the_room_is(stream)
