"""Proves what the log does when somebody changes or takes back what they said."""

from uuid import uuid4

import pytest

from hubbub.errors import Refused
from hubbub.room.changes import Message, Quote
from hubbub.room.mention import name_keys
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.web import shapes
from tests.support.sessions import overtake
from tests.support.stored import Reader, StoredRoom

NOWHERE = 1 << 62
SAID = "the secret @Ana said"


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def test_edited_message_stays_in_its_place_and_comes_to_those_who_were_away(room: StoredRoom) -> None:
    ana, reader = await room.enter("Ana"), Reader(room)
    first, second = await room.say(ana, "frist"), await room.say(ana, "second")
    await reader.catch_up(10)
    await room.log.edit(ana.id, first.id, "first", [])
    changes = await reader.ask(10)
    (edited,) = changes.messages
    assert (edited.id, edited.key, edited.created_at, edited.user) == (
        first.id, first.key, first.created_at, first.user,
    )  # fmt: skip
    assert (edited.body, edited.rev, changes.rev) == ("first", second.rev + 1, second.rev + 1)
    assert edited.edited_at is not None
    assert first.created_at < edited.edited_at
    assert await room.log.page(None, 10) == [edited, second]
    assert await room.log.message(first.id) == edited


async def test_body_that_stays_the_same_moves_nothing(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    said = await room.say(ana, "hello")
    await room.log.edit(ana.id, said.id, "hello", [])
    assert (await room.everything()).rev == said.rev
    assert await room.log.message(said.id) == said


async def test_only_who_said_it_can_change_it_or_take_it_back(room: StoredRoom) -> None:
    ana, ben = await room.enter("Ana"), await room.enter("Ben")
    said = await room.say(ana, "mine")
    for attempt in (room.log.edit(ben.id, said.id, "yours", []), room.log.erase(ben.id, said.id)):
        with pytest.raises(Refused) as refusal:
            await attempt
        assert refusal.value.code == "not_yours"
    assert (await room.everything()).messages == (said,)


async def test_what_is_not_there_can_be_neither_changed_nor_taken_back(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    gone = await room.say(ana, "gone")
    await room.log.erase(ana.id, gone.id)
    head = await room.log.head()
    for attempt in (
        room.log.edit(ana.id, NOWHERE, "x", []),
        room.log.erase(ana.id, NOWHERE),
        room.log.edit(ana.id, gone.id, "back again", []),
        room.log.edit(ana.id, ana.rev, "a user, not a message", []),
    ):
        with pytest.raises(Refused) as refusal:
            await attempt
        assert refusal.value.code == "not_found"
    assert await room.log.head() == head


async def test_taken_back_once_more_does_no_harm(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    said = await room.say(ana, "gone")
    await room.log.erase(ana.id, said.id)
    once = await room.everything()
    await room.log.erase(ana.id, said.id)
    assert await room.everything() == once


async def test_replies_move_with_their_original_and_quote_its_new_text(room: StoredRoom) -> None:
    ana, ben, reader = await room.enter("Ana"), await room.enter("Ben"), Reader(room)
    original = await room.say(ana, "old")
    replies = [await reply(room, ben.id, original) for _ in range(3)]
    deeper = await reply(room, ana.id, replies[0])
    await reader.catch_up(10)
    await room.log.edit(ana.id, original.id, "new " * 100, [])
    moved = (await reader.ask(10)).messages
    assert [message.id for message in moved] == [original.id, *(one.id for one in replies)]
    assert [message.rev for message in moved] == [deeper.rev + number for number in range(1, 5)]
    assert {message.reply_to for message in moved[1:]} == {Quote(original.id, "Ana", ("new " * 100)[:140])}
    assert all(message.edited_at is None for message in moved[1:])


async def test_nothing_that_was_taken_back_is_left_anywhere(room: StoredRoom) -> None:
    ana, ben, reader = await room.enter("Ana"), await room.enter("Ben"), Reader(room)
    before = await room.say(ben, "before")
    (said,) = await room.append(Draft(ana.id, uuid4(), SAID, before.id, name_keys(SAID)))
    secret = said.message
    await room.log.react(ben.id, secret.id, "👍", on=True)
    await reply(room, ben.id, secret)
    assert secret.mentions
    await reader.catch_up(10)
    await room.log.erase(ana.id, secret.id)

    trace, answer = (await reader.ask(10)).messages
    assert (trace.id, trace.key, trace.user, trace.created_at) == (
        secret.id, secret.key, secret.user, secret.created_at,
    )  # fmt: skip
    assert (trace.body, trace.reply_to, trace.mentions, trace.reactions) == ("", None, (), ())
    assert trace.deleted_at is not None
    assert answer.reply_to == Quote(secret.id, "Ana", "")
    shown = shapes.Message.model_validate(trace).model_dump(mode="json")
    assert not shown.keys() & {"reply_to", "mentions", "reactions"}
    for table in ("messages", "reactions", "shown"):
        rows = await room.execute(f"select to_jsonb(t)::text from {table} t")  # noqa: S608 as of this file
        assert not any("secret" in str(row) or "👍" in str(row) for row in rows), table


async def test_message_that_is_said_again_after_it_was_taken_back_stays_so(room: StoredRoom) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    said = await room.say(ana, "gone", key)
    await room.log.erase(ana.id, said.id)
    (again,) = await room.append(Draft(ana.id, key, "gone"))
    assert (again.fresh, again.message.body) == (False, "")
    assert again.message.deleted_at is not None
    assert len((await room.everything()).messages) == 1


async def test_edit_that_waited_for_a_deletion_is_refused(room: StoredRoom, database_url: str) -> None:
    ana = await room.enter("Ana")
    said = await room.say(ana, "gone")
    with pytest.raises(Refused, match="no such message"):
        await overtake(
            database_url, f"select erase({ana.id}, {said.id})", room.log.edit(ana.id, said.id, "back again", [])
        )
    (trace,) = (await room.everything()).messages
    assert (trace.body, trace.edited_at) == ("", None)


async def test_reply_that_waited_for_a_deletion_quotes_nothing(room: StoredRoom, database_url: str) -> None:
    ana = await room.enter("Ana")
    said = await room.say(ana, "gone")
    answer = await overtake(database_url, f"select erase({ana.id}, {said.id})", reply(room, ana.id, said))
    assert answer.reply_to == Quote(said.id, "Ana", "")


async def test_edit_moves_a_reply_that_was_said_while_it_waited(room: StoredRoom, database_url: str) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    said = await room.say(ana, "old")
    values = f"array[{ana.id}]::bigint[], array['{key}']::uuid[], array['re'], array[{said.id}]::bigint[], array[null]"
    saying = f"select say({values})"
    await overtake(database_url, saying, room.log.edit(ana.id, said.id, "new", []))
    original, answer = (await room.everything()).messages
    assert (original.body, answer.reply_to) == ("new", Quote(said.id, "Ana", "new"))
    assert (original.rev, answer.rev) == (said.rev + 2, said.rev + 3)


async def reply(room: StoredRoom, user_id: int, original: Message) -> Message:
    """Let somebody reply."""
    (said,) = await room.append(Draft(user_id, uuid4(), "re", original.id))
    return said.message
