"""A stream answers its cursor at once, tells everything from then on in one order, and is never silent for long."""

import asyncio
import time
from uuid import uuid4

import pytest

from tests.support.clients import Crowd
from tests.support.rooms import shared_server
from tests.support.servers import serving

server = pytest.fixture(scope="module")(shared_server)


async def test_two_people_talk(crowd: Crowd) -> None:
    ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
    ana_stream, ben_stream = await ana.stream(), await ben.stream()
    await ana_stream.say("hi")
    message = await ben_stream.sees("hi")
    assert message["user"] == {"id": ana.user["id"], "name": "Ana"}
    assert await ana_stream.sees("hi") == message


async def test_what_comes_live_is_what_history_holds(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    stream = await ana.stream()
    key = await stream.say("both ways")
    message = await stream.sees("both ways")
    assert message["key"] == key
    assert message == (await crowd.get("/api/messages", limit=1))["messages"][0]


async def test_a_message_posted_by_the_api_reaches_streams(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    stream = await ana.stream()
    posted = (await ana.post("by the api")).json()
    assert await stream.sees("by the api") == posted


@pytest.mark.parametrize("form", ["json", "html"])
async def test_the_subprotocol_is_agreed_on(crowd: Crowd, form: str) -> None:
    ana = await crowd.join("Ana")
    stream = await crowd.stream(form=form, headers=ana.headers)
    assert stream.socket.subprotocol == f"hubbub.{form}"
    assert str(await stream.socket.recv())[0] == {"json": "{", "html": "<"}[form]


async def test_a_beat_comes_every_couple_of_seconds_when_nothing_changes(crowd: Crowd) -> None:
    stream = await crowd.stream(view="lobby")
    quiet = 0
    while quiet < 3:
        begun = time.monotonic()
        frame = await stream.frame()
        assert time.monotonic() - begun < 3
        quiet += not frame["messages"] and not frame["users"]


async def test_an_absent_cursor_means_from_now_on(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    await ana.post("before")
    live = await ana.stream(after=0)
    await live.sees("before")  # so the audience has been told of it
    stream = await ana.stream()
    first = await stream.frame()
    assert (first["rev"], first["messages"]) == (live.rev, []) or first["rev"] > live.rev
    await stream.say("after")
    await stream.sees("after")
    assert "before" not in stream.bodies


async def test_a_cursor_at_the_head_is_answered_without_rows(crowd: Crowd) -> None:
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.frame()
    rev = (await crowd.get("/api/changes", limit=200, after=(1 << 63) - 1))["rev"]
    stream = await crowd.stream(view="lobby", after=rev)
    assert (await stream.frame()).items() >= {"rev": rev, "messages": [], "users": []}.items()


async def test_an_older_cursor_gets_what_came_after_it(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    said = [(await ana.post(f"old {number}")).json() for number in range(5)]
    stream = await ana.stream(after=said[1]["rev"])
    await stream.sees("old 4")
    assert [m for m in stream.messages.values() if m["body"].startswith("old")][-3:] == said[2:]


@pytest.mark.parametrize("after", [10**6, (1 << 63) - 1])
async def test_a_cursor_beyond_the_head_is_reset_and_goes_on_live(crowd: Crowd, after: int) -> None:
    ana = await crowd.join("Ana")
    stream = await ana.stream(after=after)
    assert await stream.frame() == {"reset": True}
    await stream.say("after the reset")
    await stream.sees("after the reset")


async def test_a_cursor_too_far_behind_is_reset_and_goes_on_live(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    talking = await ana.stream()
    for number in range(3_100):  # more than is held in memory and more than is read from the database
        await talking.say(f"far {number}")
    await talking.sees("far 3099")
    stream = await ana.stream(after=0)
    await stream.until(lambda one: one.resets)
    await stream.say("after the reset")
    await stream.sees("after the reset")


async def test_a_repeated_key_is_answered_to_its_sender(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    key = uuid4()
    posted = (await ana.post("said before", key)).json()
    stream = await ana.stream()
    await stream.frame()
    rev = stream.rev
    await stream.say("said again", key)
    await stream.until(lambda one: one.messages)
    assert list(stream.messages.values()) == [posted]
    assert stream.rev >= rev
    assert [m["key"] for m in await crowd.history()].count(str(key)) == 1


async def test_a_key_said_twice_in_one_breath_is_answered_and_made_once(crowd: Crowd) -> None:
    ana, key = await crowd.join("Ana"), uuid4()
    stream = await ana.stream()
    for _ in range(5):
        await stream.say("echo", key)
    await stream.say("after the echo")
    await stream.sees("after the echo")
    assert stream.bodies.count("echo") == 1
    assert [m["key"] for m in await crowd.history()].count(str(key)) == 1


async def test_pipelined_messages_of_several_people_keep_each_persons_order(crowd: Crowd) -> None:
    people = [await crowd.join(f"Pipeline {number}") for number in range(4)]
    streams = [await person.stream() for person in people]
    watcher = await people[0].stream()

    async def talk(name: int) -> None:
        for number in range(250):
            await streams[name].say(f"{name} says {number:03}")

    await asyncio.gather(*map(talk, range(4)))
    for name in range(4):
        await watcher.sees(f"{name} says 249")
    for name in range(4):
        said = [body for body in watcher.bodies if body.startswith(f"{name} says")]
        assert said == [f"{name} says {number:03}" for number in range(250)]
    for stream in streams:
        await stream.until(lambda one: one.rev >= watcher.rev)
        assert stream.messages == watcher.messages


async def test_a_cursor_of_another_database_is_reset(crowd: Crowd, database_url: str) -> None:
    for name in ("Ana", "Ben", "Cem"):
        await crowd.join(name)
    rev = (await crowd.get("/api/changes", limit=200, after=(1 << 63) - 1))["rev"]
    with serving(database_url) as empty:
        async with Crowd(empty.url) as elsewhere:
            lobby = await elsewhere.stream(view="lobby", after=rev)
            assert await lobby.frame() == {"reset": True}


async def test_a_stopping_server_says_that_it_restarts(database_url: str) -> None:
    with serving(database_url) as stopping:
        async with Crowd(stopping.url) as crowd:
            stream = await (await crowd.join("Ana")).stream()
            await stream.frame()
            stopping.stop()
            assert (await stream.ends())[0] == 1012
