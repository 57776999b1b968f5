"""A server whose packets to the database are lost, for longer than its lease, and then pass again."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest

from tests.support.clients import Crowd, Stream
from tests.support.links import DatabaseLink
from tests.support.servers import serving
from tests.support.splits import Split

GONE = 15.0  # seconds after which the people of a server that is lost are shown as gone
BACK = 30.0  # seconds in which a split must be over for everybody: lost packets are sent again ever more seldom


@pytest.fixture
def split() -> Iterator[Split]:
    with Split() as network:
        yield network


@pytest.fixture
async def near(database_url: str) -> AsyncIterator[Crowd]:
    """Everybody who uses a server that is never cut off."""
    with serving(database_url) as server:
        async with Crowd(server.url) as crowd:
            yield crowd


@pytest.fixture
async def far(database_url: str, split: Split) -> AsyncIterator[Crowd]:
    """Everybody who uses the server beyond the split."""
    async with AsyncExitStack() as stack:
        link = stack.enter_context(DatabaseLink(database_url, host=split.database))
        server = stack.enter_context(serving(link.dsn, inside=split.inside, host=split.server))
        yield await stack.enter_async_context(Crowd(server.url))


async def test_who_is_beyond_a_split_is_gone_here_and_all_is_one_again_afterwards(
    near: Crowd, far: Crowd, split: Split
) -> None:
    ana, ben = await near.join("Ana"), await far.join("Ben")
    here, beyond = await ana.stream(after=0), await ben.stream(after=0)
    await asyncio.gather(*(stream.until(lambda one: one.online == 2) for stream in (here, beyond)))
    key = uuid4()
    split.opens()
    opened = time.monotonic()
    await asyncio.gather(gone(here), refused(beyond, key))
    assert time.monotonic() - opened < GONE
    await here.say("Where is Ben?")
    await here.sees("Where is Ben?")
    split.heals()
    await asyncio.gather(*(stream.until(is_whole, BACK) for stream in (here, beyond)))
    await beyond.say("Am I late?", key)
    await asyncio.gather(*(stream.sees("Am I late?") for stream in (here, beyond)))
    assert [message["body"] for message in await near.history()] == ["Where is Ben?", "Am I late?"]
    assert here.messages == beyond.messages
    assert here.users == beyond.users


async def gone(stream: Stream) -> None:
    await stream.until(lambda one: one.shows("Ben", online=False), GONE)


async def refused(stream: Stream, key: UUID) -> None:
    """Say something that is refused, because nobody can tell whether it will be in the room."""
    await stream.say("Am I late?", key)
    await stream.until(lambda one: str(key) in {refusal["key"] for refusal in one.refusals}, GONE)
    assert stream.refusals[-1]["code"] == "unavailable"


def is_whole(stream: Stream) -> bool:
    """Whether somebody sees both, and what was said meanwhile."""
    return stream.online == 2 and stream.shows("Ben", online=True) and "Where is Ben?" in stream.bodies
