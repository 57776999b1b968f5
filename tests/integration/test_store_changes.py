"""Proves the one question: an answer is cut only between revisions, and no reader ever misses a row.

Also with many writers at once: once N can be read, everything up to N can.
"""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from hubbub.room.changes import Changes, User
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from tests.support.clients import ARRIVAL
from tests.support.stored import ALL, Reader, StoredRoom, revs

WRITERS = 8
SAID = 25  # messages per writer


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def lively(room: StoredRoom) -> Sequence[User]:
    """Let people come, talk and go, so that messages and users alternate and many rows have moved on."""
    node = await room.node()
    users = []
    for name in ("Ana", "Ben", "Cleo", "Dov", "Eve"):
        user = await room.enter(name)
        await room.roster.attend(node, [user.id], [])
        await room.append(*(Draft(user.id, uuid4(), f"{name} {number}") for number in range(3)))
        users.append(user)
    await room.roster.attend(node, [], [users[1].id, users[3].id])
    await room.say(users[0], "Where did they go?")
    return users


async def test_paging_by_any_limit_brings_every_row_once(room: StoredRoom) -> None:
    await lively(room)
    everything = await room.everything()
    for limit in range(1, everything.size + 2):
        reader = Reader(room)
        await reader.catch_up(limit)
        assert tuple(reader.messages.values()) == everything.messages
        assert tuple(reader.users.values()) == everything.users
        assert reader.revs == revs(everything)
        assert reader.rev == everything.rev


async def test_cut_answer_holds_the_first_rows_of_the_whole_one(room: StoredRoom) -> None:
    await lively(room)
    whole = await room.everything()
    for limit in range(1, whole.size + 1):
        cut = await room.log.changes(0, limit)
        assert cut.size == limit
        assert cut.messages == tuple(row for row in whole.messages if row.rev <= cut.rev)
        assert cut.users == tuple(row for row in whole.users if row.rev <= cut.rev)


async def test_answer_that_is_not_cut_reaches_the_head(room: StoredRoom) -> None:
    await lively(room)
    head = await room.log.head()
    assert (await room.log.changes(0, ALL)).rev == head.rev
    assert await room.log.changes(head.rev, 1) == head


async def test_cursor_beyond_the_head_is_answered_with_the_head(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    assert await room.log.changes(ana.rev + 10, 5) == Changes(ana.rev, (), (), online=0, total=1)


async def test_row_that_changes_while_being_paged_comes_later_in_its_newest_state(room: StoredRoom) -> None:
    users = await lively(room)
    reader = Reader(room)
    await reader.ask(3)
    missing = next(user for user in users if user.id not in reader.users)
    node = await room.node()
    await room.roster.attend(node, [user.id for user in users], [])
    await reader.catch_up(3)
    assert all(user.online for user in reader.users.values())
    assert missing.id in reader.users
    assert tuple(sorted(reader.users.values(), key=lambda user: user.rev)) == (await room.everything()).users


async def test_edited_messages_come_again(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    messages = [await room.say(ana, body) for body in ("one", "two", "three")]
    reader = Reader(room)
    await reader.catch_up(ALL)
    for number in (0, 2):
        await room.execute(
            "with moved as (update room set rev = rev + 1 returning rev) "
            "update messages set body = 'other', edited_at = now(), rev = moved.rev from moved where id = :id",
            id=messages[number].id,
        )
    await reader.catch_up(1)
    assert tuple(reader.messages[message.id] for message in messages) == tuple(await room.log.page(None, 3))
    assert [reader.messages[message.id].body for message in messages] == ["other", "two", "other"]


async def write(room: StoredRoom, name: str) -> None:
    """Enter, come and go, and talk, as one of many writers."""
    user, node = await room.enter(name), await room.node()
    for number in range(SAID):
        await room.append(*(Draft(user.id, uuid4(), f"{name} {number} {part}") for part in range(1 + number % 3)))
        if number % 5 == 0:
            arrives = number % 2 == 0
            await room.roster.attend(node, [user.id] if arrives else [], [] if arrives else [user.id])


async def follow(reader: Reader, written: asyncio.Event, limit: int) -> None:
    """Read as fast as possible until everything that was written has been read."""
    while not written.is_set():
        await reader.ask(limit)
    await reader.catch_up(limit)


async def test_no_reader_ever_sees_a_revision_without_all_below_it(room: StoredRoom) -> None:
    written = asyncio.Event()
    readers = [Reader(room) for _ in range(3)]
    async with asyncio.timeout(4 * ARRIVAL), asyncio.TaskGroup() as everybody:
        for reader, limit in zip(readers, (1, 7, ALL), strict=True):
            everybody.create_task(follow(reader, written, limit))
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(write(room, f"writer {number}"))
        written.set()
    everything = await room.everything()
    assert len(everything.messages) == WRITERS * sum(1 + number % 3 for number in range(SAID))
    for reader in readers:
        # A row that became visible after a later one would be missing here: its cursor had passed it.
        assert tuple(reader.messages.values()) == everything.messages
        assert {user.id: user for user in everything.users} == reader.users
        assert reader.revs == sorted(set(reader.revs))
    for name in (f"writer {number}" for number in range(WRITERS)):
        bodies = [message.body for message in everything.messages if message.user.name == name]
        assert bodies == [f"{name} {number} {part}" for number in range(SAID) for part in range(1 + number % 3)]
