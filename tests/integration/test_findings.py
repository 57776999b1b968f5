"""Proves that what was said is found a little later, as it is now, whoever indexes it and however often."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

import pytest

from hubbub.room.changes import User
from hubbub.room.finding import Wanted
from hubbub.room.index import BATCH, WEIGHT, Index
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.store.findings import STRETCH
from tests.support.parts import eventually, task
from tests.support.stored import ALL, StoredRoom


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
def index(room: StoredRoom) -> Index:
    return Index(room.findings)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


async def catch_up(index: Index) -> None:
    while await index.advance():
        pass


async def found(room: StoredRoom, query: str, before: int | None = None, limit: int = ALL) -> Sequence[str]:
    """Return what is found, newest first."""
    return [message.body for message in await room.findings.find(Wanted.parse(query), before, limit)]


async def test_messages_are_found_by_parts_of_their_words_newest_first(
    room: StoredRoom, index: Index, ana: User
) -> None:
    for body in ("Phoenix is up", "so is the phone", "東京タワーに行こう", "PHOENIX down", "100% _sure_"):
        await room.say(ana, body)
    await catch_up(index)
    assert await found(room, "pho") == ["PHOENIX down", "so is the phone", "Phoenix is up"]
    assert await found(room, "oenix") == ["PHOENIX down", "Phoenix is up"]
    assert await found(room, "up phoen") == ["Phoenix is up"]
    assert await found(room, "タワー") == await found(room, "行") == ["東京タワーに行こう"]
    assert await found(room, "phoenix i") == await found(room, "phóenix ís") == ["Phoenix is up"]
    assert await found(room, "100 sure") == ["100% _sure_"]
    assert await found(room, "phoenix tower") == []
    (message,) = await room.findings.find(Wanted.parse("東京"), None, 1)
    assert message == await room.log.message(message.id)


async def test_what_was_changed_is_found_as_it_is_and_what_was_taken_back_is_not(
    room: StoredRoom, index: Index, ana: User
) -> None:
    changed, taken, praised = [await room.say(ana, f"{word} words") for word in ("former", "secret", "good")]
    await catch_up(index)
    assert len(await found(room, "words")) == 3
    await room.log.edit(ana.id, changed.id, "later words", [])
    await room.log.erase(ana.id, taken.id)
    await room.log.react(ana.id, praised.id, "👍", on=True)
    await catch_up(index)
    assert await found(room, "words") == ["good words", "later words"]
    assert await found(room, "former") == []
    rows = await room.execute("select plain from findings order by message_id")
    assert rows == [(" later words ",), (" good words ",)]


async def test_pages_lead_through_all_that_is_found_across_stretches(room: StoredRoom, index: Index, ana: User) -> None:
    said = await room.append(*(Draft(ana.id, uuid4(), f"number {number}") for number in range(10)))
    await room.execute("update room set rev = rev + :many", many=2 * STRETCH)  # as if people had come and gone
    said += await room.append(*(Draft(ana.id, uuid4(), f"number {number}") for number in range(10, 15)))
    await catch_up(index)
    bodies, before = [], None
    while page := await room.findings.find(Wanted.parse("number"), before, 4):
        bodies += [message.body for message in page]
        before = page[-1].id
    assert bodies == [one.message.body for one in reversed(said)]
    assert await found(room, "number 3") == ["number 3"]
    assert await found(room, "number", said[0].message.id) == []


async def test_two_that_index_at_once_do_no_harm(room: StoredRoom, ana: User) -> None:
    await room.append(*(Draft(ana.id, uuid4(), f"number {number}") for number in range(2 * BATCH + 3)))
    both = Index(room.findings), Index(room.findings)

    async def all_is_indexed() -> bool:
        return await room.execute("select i.rev = r.rev from indexed i, room r") == [(True,)]

    while not await all_is_indexed():
        await asyncio.gather(*(index.advance() for index in both))
    assert len(await found(room, "number")) == 2 * BATCH + 3


async def test_long_messages_are_taken_a_few_at_a_time_and_none_is_passed_over(
    room: StoredRoom, index: Index, ana: User
) -> None:
    long = f"{'many words ' * (WEIGHT // 40)}number"
    await room.append(*(Draft(ana.id, uuid4(), f"{long} {number}") for number in range(10)))
    assert await index.advance()
    assert 1 < len(await found(room, "number")) < 10
    await catch_up(index)
    assert len(await found(room, "number")) == 10


async def test_who_began_at_a_place_that_has_moved_keeps_nothing(room: StoredRoom, index: Index, ana: User) -> None:
    said = await room.say(ana, "first words")
    late = await room.findings.unread(ALL)
    await room.log.edit(ana.id, said.id, "second words", [])
    await catch_up(index)
    assert not await room.findings.keep(late, late.rev, [])
    assert await found(room, "words") == ["second words"]


async def test_task_goes_on_where_another_ended_and_never_needs_a_bell(room: StoredRoom, ana: User) -> None:
    async def is_found(query: str) -> bool:
        return bool(await found(room, query))

    for word in ("before", "after"):
        await room.say(ana, f"{word} the restart")
        async with task(Index(room.findings).run):
            await eventually(partial(is_found, word))
    assert len(await found(room, "restart")) == 2
