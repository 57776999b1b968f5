"""Who repeats a key is answered with what they were told already; anything newer comes with the feed, in its place.

The real parts in the process of the test, where the feed begins to look when the test says so.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from hubbub.assembly import Parts, put_together
from hubbub.bus.local import LocalBus
from hubbub.settings import load
from hubbub.store.database import Database
from hubbub.supervisor import Child, Supervisor
from tests.support.clients import Crowd
from tests.support.indoors import people_in


@pytest.fixture
async def parts(database_url: str) -> AsyncIterator[Parts]:
    database = Database(database_url)
    yield await put_together(load({}), database, database, LocalBus())
    await database.close()


@pytest.fixture
def feed(parts: Parts) -> Child:
    return parts.children.pop("feed")


@pytest.fixture
async def crowd(parts: Parts, feed: Child) -> AsyncIterator[Crowd]:
    del feed  # is taken out before the others start
    async with people_in(parts) as everybody:
        yield everybody


async def test_a_repeated_key_is_answered_directly_only_with_what_this_client_was_told(
    crowd: Crowd, feed: Child
) -> None:
    ana, known, new = await crowd.join("Ana"), uuid4(), uuid4()
    told = (await ana.post("told", known)).json()
    for body, key in (("older than the new one", uuid4()), ("new", new)):
        assert (await ana.post(body, key)).status_code == 201
    stream = await ana.stream(after=told["rev"])
    await stream.say("new", new)
    await stream.say("told", known)  # its answer comes after that to the other, if there is one
    await stream.until(lambda one: one.messages)
    assert list(stream.messages.values()) == [told]
    assert stream.rev == told["rev"]
    async with Supervisor({"feed": feed}):
        await stream.sees("new")
    assert stream.bodies == ["told", "older than the new one", "new"]
