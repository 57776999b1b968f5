"""A stream that ends leaves nothing for a full collection: there is none while a room is served."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from hubbub.assembly import put_together
from hubbub.bus.local import LocalBus
from hubbub.settings import load
from hubbub.store.database import Database
from hubbub.web.follower import Follower
from hubbub.web.stream import Stream
from hubbub.web.transport import StreamProtocol
from tests.support.clients import ARRIVAL
from tests.support.indoors import people_in


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left_over() -> list[object]:
    return [one for one in gc.get_objects() if isinstance(one, (StreamProtocol, Stream, Follower))]


@pytest.mark.usefixtures("no_collector")
async def test_ended_streams_are_gone_without_a_collection(database_url: str) -> None:
    database = Database(database_url)
    async with people_in(await put_together(load({}), database, database, LocalBus())) as crowd:
        ana = await crowd.join("Ana")
        streams = [await ana.stream(), await crowd.stream(view="lobby")]
        await streams[0].say("hello")
        await streams[0].sees("hello")
        assert len(left_over()) == 6
        assert not any(one.frames for one in left_over() if isinstance(one, StreamProtocol))  # what was heard is let go
        for stream in streams:
            await stream.close()
        async with asyncio.timeout(ARRIVAL):
            while left_over():  # noqa: ASYNC110 as nobody is told that an object is gone
                await asyncio.sleep(0.01)
    await database.close()
