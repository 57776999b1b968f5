"""Whoever joins late, with any cursor and while others talk at full speed, ends with exactly the log of the API."""

import asyncio
import random

import pytest

from tests.support.clients import Client, Crowd, Stream
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

TALKERS, SAYINGS, LATECOMERS = 3, 400, 15


async def talk(stream: Stream, name: int) -> None:
    for number in range(SAYINGS):
        await stream.say(f"{name} says {number}")
        await asyncio.sleep(0)


async def come_late(who: Client, flooding: Stream, cursor: random.Random) -> tuple[int, Stream]:
    """Open a stream somewhere in the flood, at some cursor between its beginning and its present."""
    begun, wanted = flooding.rev, cursor.randrange(1, TALKERS * SAYINGS)
    await flooding.until(lambda one: len(one.messages) >= wanted)
    await flooding.close()
    after = cursor.randrange(begun, flooding.rev + 1)
    return after, await who.stream(after=after)


@pytest.mark.parametrize("seed", range(3))
async def test_streams_that_join_in_a_flood_miss_nothing(crowd: Crowd, seed: int) -> None:
    cursor = random.Random(seed)  # noqa: S311 as it picks moments, not secrets
    people = [await crowd.join(f"Talker {seed} {number}") for number in range(TALKERS)]
    talking = [await person.stream() for person in people]
    flooding = [await people[0].stream() for _ in range(LATECOMERS)]
    for stream in flooding:
        await stream.frame()
    floods = [asyncio.create_task(talk(stream, number)) for number, stream in enumerate(talking)]
    late = await asyncio.gather(*(come_late(people[1], stream, cursor) for stream in flooding))
    await asyncio.gather(*floods)
    last = (await people[2].post("the end")).json()
    log = await crowd.history()
    for after, stream in late:
        await stream.until(lambda one: one.rev >= last["rev"])
        assert not stream.resets
        held = [message for number, message in sorted(stream.messages.items()) if number > after]
        assert held == [message for message in log if message["id"] > after]


async def test_the_same_log_reaches_everybody_in_the_same_order(crowd: Crowd) -> None:
    people = [await crowd.join(f"Racer {number}") for number in range(8)]
    streams = [await person.stream() for person in people]
    for stream in streams:
        await stream.frame()
    await asyncio.gather(*(stream.say(f"race {number}") for number in range(10) for stream in streams))
    for stream in streams:
        await stream.until(lambda one: sum(body.startswith("race") for body in one.bodies) == 80)
    assert all(stream.messages == streams[0].messages for stream in streams)


async def test_a_stream_that_is_cut_again_and_again_ends_complete(crowd: Crowd) -> None:
    ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
    talking = await ben.stream()
    flood = asyncio.create_task(talk(talking, 9))
    await talking.frame()
    after = start = talking.rev
    collected = dict[int, str]()
    while len(collected) < SAYINGS:
        stream = await ana.stream(after=after)
        await stream.until(lambda one: one.messages)
        stream.socket.transport.abort()
        collected |= {number: message["body"] for number, message in stream.messages.items()}
        after = stream.rev
    await flood
    log = [message for message in await crowd.history() if message["id"] > start]
    assert sorted(collected) == [message["id"] for message in log]
