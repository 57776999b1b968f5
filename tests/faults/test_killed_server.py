"""A server that is killed takes nothing with it that was acknowledged, and nobody's presence for long."""

import asyncio
import signal
import time
from uuid import UUID, uuid4

from websockets import ConnectionClosed

from tests.support.clients import Crowd, Json, Stream
from tests.support.servers import serving

SWEPT = 15  # seconds within which the users of a killed server are offline


async def everybody(crowd: Crowd) -> dict[str, Json]:
    return {user["name"]: user for user in (await crowd.get("/api/users"))["users"]}


async def test_who_does_not_return_to_a_killed_server_is_offline_and_who_does_never_flickers(
    database_url: str,
) -> None:
    with serving(database_url) as first:
        async with Crowd(first.url) as crowd:
            gone, back = await crowd.join("Gone"), await crowd.join("Back")
            await gone.stream()
            await (await back.stream(after=0)).until(lambda one: one.online == 2)
            before = await everybody(crowd)
            first.stop(signal.SIGKILL)
    killed = time.monotonic()
    with serving(database_url) as second:
        async with Crowd(second.url) as crowd:
            stream = await crowd.stream(after=0, headers=back.headers)
            await stream.until(lambda one: one.shows("Gone", online=False))
            assert time.monotonic() - killed < SWEPT
            after = await everybody(crowd)
            assert after["Back"] == before["Back"]  # not even its rev has moved
            assert not after["Gone"]["online"]
            assert stream.online == 1


async def test_what_was_acknowledged_survives_a_kill_in_a_flood_and_the_rest_can_be_repeated(
    database_url: str,
) -> None:
    keys: list[UUID] = [uuid4() for _ in range(2_000)]
    with serving(database_url, message_rate="0") as first:
        async with Crowd(first.url) as crowd:
            ana = await crowd.join("Ana")
            stream = await ana.stream()
            flood = asyncio.create_task(say_all(stream, keys))
            await stream.until(lambda one: len(one.messages) >= 100)
            first.stop(signal.SIGKILL)
            await take_all(stream)
            await flood
    with serving(database_url, message_rate="0") as second:
        async with Crowd(second.url) as crowd:
            survived = await crowd.history()
            acknowledged = [message for _, message in sorted(stream.messages.items())]
            assert survived[: len(acknowledged)] == acknowledged
            again = await crowd.stream(after=0, headers=ana.headers)
            await say_all(again, keys)
            await again.until(lambda one: len(one.messages) == len(keys))
            log = await crowd.history()
            assert log[: len(survived)] == survived
            assert [message["key"] for message in log] == [str(key) for key in keys]


async def say_all(stream: Stream, keys: list[UUID]) -> None:
    try:
        for number, key in enumerate(keys):
            await stream.say(f"number {number}", key)
    except ConnectionClosed:
        return


async def take_all(stream: Stream) -> None:
    try:
        while True:
            await stream.frame()
    except ConnectionClosed:
        return
