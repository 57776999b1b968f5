"""Proves that the feed tells its listener of every change, in order, whatever rings, fails or goes back."""

import asyncio
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from hubbub.bus.postgres import PostgresBus
from hubbub.room import feed as following
from hubbub.room.changes import User
from hubbub.room.feed import Feed
from hubbub.room.ports import Draft
from hubbub.store import database as driven
from hubbub.store.database import Database
from hubbub.store.log import PostgresLog
from hubbub.supervisor import Supervisor
from tests.support.clients import ARRIVAL
from tests.support.parts import Diary, HandBell, task
from tests.support.sessions import session
from tests.support.stored import StoredRoom


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


@pytest.fixture
def bell() -> HandBell:
    return HandBell()


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def feed(room: StoredRoom, bell: HandBell, diary: Diary) -> Feed:
    return Feed(room.log, bell, diary)


async def test_reader_gets_every_message_when_the_bell_is_lost(
    room: StoredRoom, diary: Diary, ana: User, database_url: str
) -> None:
    deaf = PostgresBus(database_url)  # nobody runs it: it hears nothing
    feed = Feed(room.log, deaf, diary)
    await feed.begin()
    async with task(feed.run):
        for number in range(3):
            await room.say(ana, str(number))
        await diary.until(lambda one: one.bodies == ["0", "1", "2"])
        await room.say(ana, "much later")
        await diary.until(lambda one: one.bodies[3:] == ["much later"])


async def test_bell_brings_what_is_new_at_once(
    room: StoredRoom, feed: Feed, bell: HandBell, diary: Diary, ana: User
) -> None:
    await feed.begin()
    async with task(feed.run):
        for number in range(5):
            await room.say(ana, str(number))
            bell.ring()
            await diary.until(lambda one: len(one.bodies) == bell.rings)
    assert diary.bodies == ["0", "1", "2", "3", "4"]


async def test_beginning_tells_what_was_new_shortly_before(
    room: StoredRoom, feed: Feed, diary: Diary, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_BACK", 3)
    for number in range(10):
        await room.say(ana, str(number))
    await feed.begin()
    assert diary.bodies == ["7", "8", "9"]
    assert [reset.rev for reset in diary.resets] == [ana.rev + 7]


async def test_beginning_of_an_empty_room_tells_nothing(feed: Feed, diary: Diary) -> None:
    await feed.begin()
    assert diary.deliveries == []
    assert [reset.rev for reset in diary.resets] == [0]


async def test_flood_is_told_in_bounded_deliveries_without_another_ring(  # noqa: PLR0913, PLR0917 as they are fixtures
    room: StoredRoom, feed: Feed, bell: HandBell, diary: Diary, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 10)
    await feed.begin()
    await room.append(*(Draft(ana.id, uuid4(), str(number)) for number in range(35)))
    async with task(feed.run):  # which nobody rings for
        await asyncio.wait_for(bell.awaited.wait(), ARRIVAL)
    assert diary.bodies == [str(number) for number in range(35)]
    assert max(changes.size for changes in diary.deliveries) == 10


async def test_delivery_that_fails_half_way_is_repeated(room: StoredRoom, feed: Feed, diary: Diary, ana: User) -> None:
    await feed.begin()
    diary.failures = [RuntimeError("half-way")]
    message = await room.say(ana, "hi")
    told = len(diary.deliveries)
    with pytest.raises(RuntimeError, match="half-way"):
        await feed.run()
    async with task(feed.run):  # as the supervisor starts it again
        await diary.until(lambda one: len(one.deliveries) == told + 2)
    first, again = diary.deliveries[told:]
    assert first == again
    assert first.messages == (message,)


async def test_log_that_goes_back_is_told_as_a_reset(
    room: StoredRoom, feed: Feed, bell: HandBell, diary: Diary, ana: User
) -> None:
    await room.say(ana, "kept")
    await feed.begin()
    async with task(feed.run):
        await room.say(ana, "lost")
        bell.ring()
        await diary.until(lambda one: "lost" in one.bodies)
        # A backup is restored: the room is what it was one message ago.
        await room.execute("delete from messages where body = 'lost'")
        await room.execute("update room set rev = rev - 1")
        head = await room.log.head()
        with capture_logs() as lines:
            bell.ring()
            await diary.until(lambda one: one.resets[-1] == head)
        assert [(line["event"], line["rev"]) for line in lines] == [("log went back", head.rev)]
        await room.say(ana, "said instead")
        bell.ring()
        await diary.until(lambda one: one.bodies[-2:] == ["lost", "said instead"])


async def test_people_and_messages_come_in_one_order(
    room: StoredRoom, feed: Feed, bell: HandBell, diary: Diary, ana: User
) -> None:
    await feed.begin()
    node = await room.node()
    async with task(feed.run):
        await room.roster.attend(node, [ana.id], [])
        await room.say(ana, "hi")
        await room.roster.attend(node, [], [ana.id])
        bell.ring()
        await diary.until(lambda one: one.messages and not one.users[ana.id].online)
    revs = [changes.rev for changes in diary.deliveries]
    assert revs == sorted(set(revs))


async def test_listener_is_told_that_the_database_does_not_answer_and_that_it_does_again(
    room: StoredRoom, diary: Diary, ana: User, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driven, "STATEMENT", 0.2)
    monkeypatch.setattr(following, "POLL", 0.05)
    impatient = Database(database_url)
    feed = Feed(PostgresLog(impatient), PostgresBus(database_url), diary)
    await feed.begin()
    async with Supervisor({"feed": feed.run}):
        async with session(database_url) as other, other.transaction():
            await other.execute("lock table room")  # as silent as a network that swallows everything
            await diary.until(lambda one: one.turns == ["back", "away"])
        await diary.until(lambda one: one.turns == ["back", "away", "back"])  # though nothing is new
        told = len(diary.deliveries)
        await room.say(ana, "hi")
        await diary.until(lambda one: one.bodies == ["hi"])
        assert len(diary.deliveries) == told + 1
    await impatient.close()
