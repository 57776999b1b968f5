"""Every metric moves when the thing happens that it tells of: once for each time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

import pytest

from hubbub import vitals
from hubbub.bus.local import LocalBus
from hubbub.bus.postgres import PostgresBus
from hubbub.errors import Unavailable
from hubbub.room import feed as following
from hubbub.room import writer as writing
from hubbub.room.changes import User
from hubbub.room.feed import Feed
from hubbub.room.ports import Draft
from hubbub.room.writer import Writer
from hubbub.store.database import Database
from hubbub.supervisor import Supervisor
from hubbub.vitals import Vitals
from hubbub.web.problems import STATUS
from tests.support.clients import ARRIVAL, Client, Crowd
from tests.support.metrics import scrape, value
from tests.support.parts import Diary, HandBell, task
from tests.support.rooms import shared_server
from tests.support.sessions import session
from tests.support.stored import StoredRoom

server = pytest.fixture(scope="module")(shared_server)

Door = Callable[[Crowd, Client], Awaitable[object]]


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


async def test_streams_people_and_deliveries_are_counted(crowd: Crowd) -> None:
    before = await scrape(crowd.http)
    ana = await crowd.join("Ana")
    streams = [await ana.stream(), await ana.stream()]
    for stream in streams:
        await stream.until(lambda one: one.shows("Ana", online=True))
    settled = await scrape(crowd.http)
    assert settled["hubbub_streams"] == before["hubbub_streams"] + 2
    assert settled["hubbub_tasks"] > before["hubbub_tasks"]
    assert settled['hubbub_users{state="known"}'] == streams[0].total
    assert settled['hubbub_users{state="online"}'] == streams[0].online
    await ana.post("count me")
    for stream in streams:
        await stream.sees("count me")
    after = await scrape(crowd.http)
    fanned_out = after["hubbub_fanout_seconds_count"] - settled["hubbub_fanout_seconds_count"]
    assert fanned_out >= 1
    assert after["hubbub_deliveries_total"] == settled["hubbub_deliveries_total"] + 2 * fanned_out
    assert after["hubbub_writer_batch_messages_count"] == settled["hubbub_writer_batch_messages_count"] + 1
    assert after["hubbub_writer_batch_messages_sum"] == settled["hubbub_writer_batch_messages_sum"] + 1
    assert after["hubbub_rev"] >= streams[0].rev > settled["hubbub_rev"]
    assert after["hubbub_bus_connected"] == 1


async def say_nothing(_: Crowd, client: Client) -> None:
    stream = await client.stream()
    await stream.say("")
    await stream.refusal()


async def say_what_is_nothing(_: Crowd, client: Client) -> None:
    stream = await client.stream()
    await stream.socket.send("{}")
    await stream.refusal()


async def say_as_nobody(crowd: Crowd, _: Client) -> None:
    stream = await crowd.stream(view="lobby")
    await stream.say("hello")
    await stream.refusal()


async def type_nothing(crowd: Crowd, _: Client) -> None:
    await (await crowd.enter("Types")).post("/messages", data={"body": ""})


async def enter_too_long(crowd: Crowd, _: Client) -> None:
    await crowd.browser().post("/join", data={"name": "x" * 41})


async def come_from_elsewhere(crowd: Crowd, _: Client) -> None:
    await crowd.http.post("/api/join", json={"name": "Eve"}, headers={"Origin": "https://elsewhere.example"})


DOORS: list[tuple[str, Door]] = [
    ("empty", say_nothing),
    ("unknown", say_what_is_nothing),
    ("not_joined", say_as_nobody),
    ("empty", type_nothing),
    ("too_long", enter_too_long),
    ("foreign_origin", come_from_elsewhere),
    ("empty", lambda _, client: client.post("")),
    ("not_joined", lambda crowd, _: crowd.handshake("")),
    ("malformed", lambda crowd, _: crowd.handshake("view=window")),
    ("malformed", lambda crowd, _: crowd.http.post("/api/join", content=b"{")),
    ("too_large", lambda crowd, _: crowd.http.post("/api/join", content=b"x" * 70_000)),
]


@pytest.mark.parametrize(("code", "door"), DOORS, ids=lambda part: getattr(part, "__name__", part))
async def test_refusal_is_counted_once_at_every_door(crowd: Crowd, code: str, door: Door) -> None:
    client = await crowd.join("Refused")
    before = await scrape(crowd.http)
    await door(crowd, client)
    after = await scrape(crowd.http)
    counted = {
        one: after.get(name := f'hubbub_refusals_total{{code="{one}"}}', 0) - before.get(name, 0) for one in STATUS
    }
    assert counted == {**dict.fromkeys(STATUS, 0), code: 1}


async def test_what_waits_for_the_writer_is_told(room: StoredRoom, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 1)
    writer = Writer(room.log, HandBell())
    said = [writer.say(Draft(ana.id, uuid4(), f"{number}")) for number in range(3)]
    async with task(writer.run):
        await said[0]
        assert value("hubbub_writer_waiting") in {1, 2}
        await asyncio.gather(*said)
    assert value("hubbub_writer_waiting") == 0


def has_read(diary: Diary, body: str) -> bool:
    return body in diary.bodies


async def test_change_that_no_bell_announced_is_counted(
    room: StoredRoom, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL", 0.05)
    bell, diary = LocalBus(), Diary()
    feed = Feed(room.log, bell, diary)
    await feed.begin()
    async with task(feed.run):
        await room.say(ana, "before")  # may be found by the first look, which needs no bell
        await diary.until(partial(has_read, body="before"))
        before = value("hubbub_bells_lost_total")
        for body in ("first", "second"):
            await room.say(ana, body)
            await diary.until(partial(has_read, body=body))
    assert value("hubbub_bells_lost_total") == before + 2


async def test_change_that_a_bell_announced_is_no_loss(room: StoredRoom, ana: User) -> None:
    bell, diary = HandBell(), Diary()
    feed = Feed(room.log, bell, diary)
    await feed.begin()
    before = value("hubbub_bells_lost_total")
    async with task(feed.run):
        await room.say(ana, "announced")
        bell.ring()
        await diary.until(lambda one: one.bodies == ["announced"])
    assert value("hubbub_bells_lost_total") == before


async def test_feed_that_is_held_up_is_behind_until_it_has_told_everything(room: StoredRoom, ana: User) -> None:
    diary = Diary()
    feed = Feed(room.log, HandBell(), diary)
    await feed.begin()
    assert (value("hubbub_feed_lag_revisions"), feed.lag) == (0, 0)
    await room.say(ana, "one")
    await room.say(ana, "two")
    diary.failures = [RuntimeError("held up")]
    with pytest.raises(RuntimeError):
        await feed.run()
    assert value("hubbub_feed_lag_revisions") == 2
    assert feed.lag > 0
    Vitals(lambda: feed.lag).scrape()
    assert 0 < value("hubbub_feed_lag_seconds") <= feed.lag
    async with task(feed.run):
        await diary.until(lambda one: one.bodies[-2:] == ["one", "two"] and not feed.lag)
    assert value("hubbub_feed_lag_revisions") == 0


async def test_loop_that_is_held_up_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "LOOK", 0.01)
    looks, early = value("hubbub_loop_delay_seconds_count"), value("hubbub_loop_delay_seconds_bucket", le="0.1")
    watching = Vitals(lambda: 0.0)
    async with task(watching.run), asyncio.timeout(ARRIVAL):
        await asyncio.sleep(0)  # it looks at the clock
        time.sleep(0.15)  # noqa: ASYNC251 as this is what must not be done
        while value("hubbub_loop_delay_seconds_count") == looks:  # noqa: ASYNC110 as a metric tells nobody
            await asyncio.sleep(0)
    assert value("hubbub_loop_delay_seconds_bucket", le="0.1") == early


async def test_bus_that_is_lost_is_not_connected(database_url: str) -> None:
    bus = PostgresBus(database_url)
    async with session(database_url) as other, task(bus.run) as running:
        await asyncio.wait_for(bus.wait(5), 10)  # it rings when it is connected
        assert value("hubbub_bus_connected") == 1
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        with pytest.raises(Unavailable):
            await running
    assert value("hubbub_bus_connected") == 0


async def test_crash_of_a_task_is_counted_and_an_outage_is_not(room: StoredRoom, ana: User) -> None:
    diary = Diary()
    diary.failures = [RuntimeError("a fault"), Unavailable("an outage")]
    feed = Feed(room.log, HandBell(), diary)
    await room.say(ana, "hi")
    before = value("hubbub_task_crashes_total", task="told")
    async with Supervisor({"told": feed.run}):
        await diary.until(lambda one: one.bodies == ["hi"] * 3)
    assert value("hubbub_task_crashes_total", task="told") == before + 1
