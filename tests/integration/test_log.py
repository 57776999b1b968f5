"""Proves what the log does with the messages it is given, and how its pages are read."""

import asyncio
from uuid import uuid4

import pytest

from hubbub.errors import Unavailable
from hubbub.room.changes import Author
from hubbub.room.message import MAX_BODY
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.store.log import PostgresLog
from tests.support.clients import ARRIVAL
from tests.support.sessions import BLOCKED, session
from tests.support.stored import StoredRoom

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def test_messages_are_appended_in_the_order_given(room: StoredRoom) -> None:
    ana, ben = await room.enter("Ana"), await room.enter("Ben")
    speakers = [ana, ben, ben, ana, ben, ana]
    drafts = [Draft(user.id, uuid4(), f"message {number}") for number, user in enumerate(speakers)]
    said = await room.append(*drafts)
    assert [one.message.body for one in said] == [draft.body for draft in drafts]
    assert [one.message.user for one in said] == [Author(user.id, user.name) for user in speakers]
    assert [one.message.id for one in said] == [ben.rev + number for number in range(1, 7)]
    assert all(one.fresh and one.message.rev == one.message.id for one in said)
    assert await room.log.page(None, 10) == [one.message for one in said]


async def test_key_said_again_is_the_message_it_made(room: StoredRoom) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    (first,) = await room.append(Draft(ana.id, key, "first"))
    (again,) = await room.append(Draft(ana.id, key, "again"))
    assert (first.fresh, again.fresh) == (True, False)
    assert again.message == first.message
    assert (await room.log.head()).rev == first.message.id


async def test_key_twice_in_one_batch_is_one_message(room: StoredRoom) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    first, between, again = await room.append(
        Draft(ana.id, key, "first"), Draft(ana.id, uuid4(), "between"), Draft(ana.id, key, "again")
    )
    assert first.message == again.message
    assert await room.log.page(None, 10) == [first.message, between.message]


async def test_two_people_may_use_one_key(room: StoredRoom) -> None:
    ana, ben, key = await room.enter("Ana"), await room.enter("Ben"), uuid4()
    said = await room.append(Draft(ana.id, key, "mine"), Draft(ben.id, key, "mine too"))
    assert [one.message.body for one in said] == ["mine", "mine too"]


async def test_unknown_user_says_nothing_and_harms_nobody(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    drafts = [Draft(ana.id + 1, uuid4(), "ghost"), Draft(ana.id, uuid4(), "hi"), Draft(0, uuid4(), "ghost")]
    said = await room.log.append(drafts)
    assert [one and one.message.body for one in said] == [None, "hi", None]
    assert (await room.log.head()).rev == ana.rev + 1


async def test_appending_nothing_changes_nothing(room: StoredRoom) -> None:
    head = await room.log.head()
    assert list(await room.log.append([])) == []
    assert await room.log.head() == head


@pytest.mark.parametrize(
    "body", ["'; drop table messages; --", '\\x00 {"a"} {,}', "NULL", "😀" * MAX_BODY, "a\n\tb", "\u2028\ufffe"]
)
async def test_body_comes_back_as_it_was_said(room: StoredRoom, body: str) -> None:
    message = await room.say(await room.enter("Ana"), body)
    assert message.body == body
    assert await room.log.page(None, 1) == [message]


async def test_times_never_contradict_the_order_of_ids(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    times = [(await room.say(ana, str(number))).created_at for number in range(20)]
    assert times == sorted(times)
    assert all(time.tzinfo for time in times)


async def test_pages_lead_back_to_the_very_first_message(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    said = await room.append(*(Draft(ana.id, uuid4(), str(number)) for number in range(10)))
    read: list[str] = []
    before = None
    while page := await room.log.page(before, 4):
        read = [message.body for message in page] + read
        before = page[0].id
    assert read == [one.message.body for one in said]


async def test_page_before_the_first_message_is_empty(room: StoredRoom) -> None:
    message = await room.say(await room.enter("Ana"), "hi")
    assert list(await room.log.page(message.id, 10)) == []
    assert list(await room.log.page(message.id + 1, 10)) == [message]


async def test_database_that_cannot_be_reached_is_unavailable() -> None:
    database = Database(NOWHERE)
    with pytest.raises(Unavailable):
        await PostgresLog(database).head()
    await database.close()


async def test_connection_that_is_lost_amid_a_statement_is_unavailable_once_and_then_replaced(
    room: StoredRoom, database_url: str
) -> None:
    ana = await room.enter("Ana")
    async with (
        session(database_url) as holder,
        session(database_url) as other,
        holder.transaction(),
        asyncio.timeout(ARRIVAL),
    ):
        await holder.execute("select from room for update")
        lost = asyncio.create_task(room.say(ana, "lost"))
        while not await other.fetchval(BLOCKED, holder.get_server_pid()):
            assert not lost.done()
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))",
            holder.get_server_pid(),
        )
        with pytest.raises(Unavailable):
            await lost
    assert (await room.say(ana, "said")).body == "said"
