"""Proves what the log knows of replies and mentions when something is said."""

from uuid import uuid4

import pytest

from hubbub.room.changes import Author, Quote
from hubbub.room.mention import name_keys
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from tests.support.stored import StoredRoom


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def test_reply_quotes_who_said_what_and_no_more_than_its_beginning(room: StoredRoom) -> None:
    ana, ben = await room.enter("Ana"), await room.enter("Ben")
    original = await room.say(ana, "é" * 200)
    (said,) = await room.append(Draft(ben.id, uuid4(), "re", original.id))
    assert said.message.reply_to == Quote(original.id, "Ana", "é" * 140)
    assert await room.log.page(None, 1) == [said.message]
    assert (await room.everything()).messages == (original, said.message)
    assert await room.log.message(original.id) == original  # it does not know of its replies


@pytest.mark.parametrize("original", [0, -1, 5, 1 << 62])
async def test_what_replies_to_nothing_is_said_all_the_same(room: StoredRoom, original: int) -> None:
    ana = await room.enter("Ana")
    (said,) = await room.append(Draft(ana.id, uuid4(), "re", original))
    assert (said.fresh, said.message.body, said.message.reply_to) == (True, "re", None)


async def test_nothing_replies_to_what_is_said_with_it_or_to_a_user(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    drafts = [Draft(ana.id, uuid4(), "one", ana.rev), Draft(ana.id, uuid4(), "two", ana.rev + 1)]
    assert [said.message.reply_to for said in await room.append(*drafts)] == [None, None]


async def test_batch_keeps_what_each_replies_to_and_whom_it_means(room: StoredRoom) -> None:
    ana, ben = await room.enter("Ana"), await room.enter("Ben")
    original = await room.say(ana, "hello")
    bodies = ["@Ben re", "plain", "@ana and @BEN"]
    replies = [original.id, None, original.id]
    drafts = [
        Draft(ana.id, uuid4(), body, original_id, name_keys(body))
        for body, original_id in zip(bodies, replies, strict=True)
    ]
    said = [one.message for one in await room.append(*drafts)]
    assert [message.body for message in said] == bodies
    assert [message.reply_to and message.reply_to.id for message in said] == replies
    assert [[one.id for one in message.mentions] for message in said] == [[ben.id], [], [ana.id, ben.id]]


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("@Ana", {"Ana"}),
        ("@ana lee said", {"Ana", "Ana Lee"}),  # whoever draws it takes the longest
        ("hi @ANA, @Ben!", {"Ana", "Ben"}),
        ("@Ben @Ben @ben", {"Ben"}),
        ("@Anabel @Nobody @ Ana me@Ana", set()),
        ("@Ana-Maria", {"Ana", "Ana-Maria"}),
        ("@Größe", {"Größe"}),
        ("@100% Sure", {"100% Sure"}),
        ("@a b c d e f", {"a b c d e f"}),
        ("@Ana\nLee", {"Ana"}),
        ("@李雷你好", {"李雷"}),  # no spaces in Chinese
        ("你好@李雷,@Ana你好", {"李雷", "Ana"}),
        ("@にほんごのなまえ です", {"にほんごのなまえ"}),
        ("@x " * 10 + "@Ana", set()),  # ten are looked at
    ],
)
async def test_mentions_are_the_people_whose_names_follow_the_sign(
    room: StoredRoom, body: str, meant: set[str]
) -> None:
    names = ("Ana", "Ana Lee", "Ana-Maria", "Ben", "Größe", "100% Sure", "a b c d e f", "李雷", "にほんごのなまえ")
    people = {name: await room.enter(name) for name in names}
    (said,) = await room.append(Draft(people["Ben"].id, uuid4(), body, None, name_keys(body)))
    assert set(said.message.mentions) == {Author(people[name].id, name) for name in meant}


async def test_edit_finds_anew_who_is_mentioned(room: StoredRoom) -> None:
    ana, ben = await room.enter("Ana"), await room.enter("Ben")
    (said,) = await room.append(Draft(ana.id, uuid4(), "@Ana", None, name_keys("@Ana")))
    for body, meant in (("@Ben", [ben.id]), ("nobody", []), ("@ana @ben", [ana.id, ben.id])):
        await room.log.edit(ana.id, said.message.id, body, name_keys(body))
        message = await room.log.message(said.message.id)
        assert message
        assert [one.id for one in message.mentions] == meant
