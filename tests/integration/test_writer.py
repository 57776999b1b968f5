"""Proves that the writer commits in batches and in order, and that nobody who said something waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from asyncpg import CharacterNotInRepertoireError, UndefinedFunctionError

from hubbub.errors import Refused, TooMany, Unavailable
from hubbub.room import writer as writing
from hubbub.room.changes import User
from hubbub.room.ports import Draft, Said
from hubbub.room.writer import Writer
from hubbub.store.database import Database
from hubbub.store.log import PostgresLog
from tests.support.clients import ARRIVAL
from tests.support.parts import HandBell, eventually, task
from tests.support.sessions import BLOCKED, session
from tests.support.stored import StoredRoom

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
def bell() -> HandBell:
    return HandBell()


@pytest.fixture
def writer(room: StoredRoom, bell: HandBell) -> Writer:
    return Writer(room.log, bell)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


@asynccontextmanager
async def held_up(
    writer: Writer, user: User, database_url: str, key: UUID | None = None
) -> AsyncIterator["asyncio.Future[Said]"]:
    """Keep the writer waiting with a first message for as long as the block lasts."""
    async with session(database_url) as holder, session(database_url) as observer, holder.transaction():
        await holder.execute("select from room for update")
        said = writer.say(Draft(user.id, key or uuid4(), "first"))

        async def waits() -> object:
            return await observer.fetchval(BLOCKED, holder.get_server_pid())

        await eventually(waits)
        yield said


async def test_everything_that_waits_is_one_batch_in_the_order_said(
    room: StoredRoom, writer: Writer, bell: HandBell, ana: User, database_url: str
) -> None:
    ben = await room.enter("Ben")
    async with task(writer.run):
        async with held_up(writer, ana, database_url) as first:
            drafts = [[Draft(user.id, uuid4(), f"{user.name} {n}") for n in range(200)] for user in (ana, ben)]
            others = [writer.say(draft) for pair in zip(*drafts, strict=True) for draft in pair]
        await first
        said = await asyncio.gather(*others)
    assert bell.rings == 2
    assert [one.message.body for one in said] == [f"{name} {n}" for n in range(200) for name in ("Ana", "Ben")]
    assert [one.message.id for one in said] == list(range(said[0].message.id, said[0].message.id + 400))
    assert all(one.fresh for one in said)


async def test_batch_is_bounded(
    room: StoredRoom, writer: Writer, bell: HandBell, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", 10)
    futures = [writer.say(Draft(ana.id, uuid4(), str(number))) for number in range(35)]
    async with task(writer.run):
        await asyncio.gather(*futures)
    assert bell.rings == 4
    assert [message.body for message in await room.log.page(None, 100)] == [str(number) for number in range(35)]


async def test_key_said_twice_in_one_batch_is_one_message_and_both_are_answered(
    room: StoredRoom, writer: Writer, ana: User
) -> None:
    key = uuid4()
    futures = [writer.say(Draft(ana.id, key, "hi")) for _ in range(2)]
    async with task(writer.run):
        first, again = await asyncio.gather(*futures)
    assert first.message == again.message
    assert await room.log.page(None, 10) == [first.message]


async def test_unknown_user_is_told_and_the_others_in_the_batch_are_unharmed(writer: Writer, ana: User) -> None:
    ghost, hi = writer.say(Draft(ana.id + 1, uuid4(), "boo")), writer.say(Draft(ana.id, uuid4(), "hi"))
    async with task(writer.run):
        assert (await hi).message.body == "hi"
        with pytest.raises(Refused) as refusal:
            await ghost
    assert refusal.value.code == "not_joined"


async def test_whoever_stops_waiting_harms_nobody(room: StoredRoom, writer: Writer, ana: User) -> None:
    gone, hi = writer.say(Draft(ana.id, uuid4(), "gone")), writer.say(Draft(ana.id, uuid4(), "hi"))
    gone.cancel()
    async with task(writer.run) as running:
        await hi
        assert not running.done()
    assert [message.body for message in await room.log.page(None, 10)] == ["gone", "hi"]


async def test_more_than_may_wait_is_refused_with_the_time_to_wait(
    room: StoredRoom, writer: Writer, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAITING", 20)
    futures = [writer.say(Draft(ana.id, uuid4(), str(number))) for number in range(20)]
    with pytest.raises(TooMany) as refusal:
        await writer.say(Draft(ana.id, uuid4(), "one too many"))
    assert refusal.value.retry_after
    async with task(writer.run):
        await asyncio.gather(*futures)
        await writer.say(Draft(ana.id, uuid4(), "room again"))
    assert len(await room.log.page(None, 100)) == 21


async def test_database_that_is_away_fails_the_batch_and_ends_nothing(bell: HandBell) -> None:
    database = Database(NOWHERE)
    writer = Writer(PostgresLog(database), bell)
    async with task(writer.run) as running:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await writer.say(Draft(1, uuid4(), "hi"))
        assert not running.done()
    await database.close()
    assert not bell.rings


async def test_message_that_was_lost_with_its_connection_can_be_said_again(
    room: StoredRoom, writer: Writer, ana: User, database_url: str
) -> None:
    key = uuid4()
    async with task(writer.run):
        async with held_up(writer, ana, database_url, key) as first, session(database_url) as other:
            waiting = writer.say(Draft(ana.id, uuid4(), "waits in the mailbox"))
            await other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0"
            )
            with pytest.raises(Unavailable):
                await first
        await waiting
        await writer.say(Draft(ana.id, key, "first"))
    assert [message.body for message in await room.log.page(None, 10)] == ["waits in the mailbox", "first"]


async def test_nobody_waits_for_ever_when_the_task_is_killed_in_the_middle_of_a_batch(
    room: StoredRoom, writer: Writer, ana: User, database_url: str
) -> None:
    key = uuid4()
    async with task(writer.run) as running, held_up(writer, ana, database_url, key) as first:
        waiting = writer.say(Draft(ana.id, uuid4(), "waits in the mailbox"))
        running.cancel()
        with pytest.raises(Unavailable):
            await first
        assert not waiting.done()
    async with task(writer.run):  # as the supervisor starts it again
        await waiting
        await writer.say(Draft(ana.id, key, "first"))
    assert sorted(message.body for message in await room.log.page(None, 10)) == ["first", "waits in the mailbox"]


async def test_nothing_is_left_to_do_after_a_crash(room: StoredRoom, writer: Writer, ana: User) -> None:
    await room.execute("alter function say(bigint[], uuid[], text[], bigint[], text[]) rename to broken")
    waiting = writer.say(Draft(ana.id, uuid4(), "hi"))
    with pytest.raises(UndefinedFunctionError):
        await writer.run()
    with pytest.raises(Unavailable):
        await waiting
    async with task(writer.run) as running:  # as the supervisor starts it again
        await asyncio.wait_for(writer.flushed(), ARRIVAL)
        assert not running.done()


async def test_batch_that_postgres_will_not_take_fails_loudly_and_is_answered(writer: Writer, ana: User) -> None:
    said = writer.say(Draft(ana.id, uuid4(), "a\x00b"))  # which `parse_body` would have refused
    async with task(writer.run) as running:
        with pytest.raises(Unavailable):
            await said
        with pytest.raises(CharacterNotInRepertoireError):
            await running
    async with task(writer.run):
        assert (await writer.say(Draft(ana.id, uuid4(), "hi"))).fresh
