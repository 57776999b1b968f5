"""Proves what the log does with reactions: they are counted once each, and few of the people are named."""

import asyncio

import pytest
from emoji import EMOJI_DATA

from hubbub.errors import Refused
from hubbub.room.changes import Author, Message, Reaction, User
from hubbub.store.database import Database
from tests.support.sessions import overtake
from tests.support.stored import Reader, StoredRoom

KINDS = 20  # of one message
NAMED = 50  # people of one reaction


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


@pytest.fixture
async def said(room: StoredRoom, ana: User) -> Message:
    return await room.say(ana, "hello")


async def reactions(room: StoredRoom, said: Message) -> dict[str, int]:
    """Return how many chose each emoji, the oldest first."""
    message = await room.log.message(said.id)
    assert message
    return {one.emoji: one.count for one in message.reactions}


async def test_reactions_come_oldest_first_with_who_made_them(room: StoredRoom, ana: User, said: Message) -> None:
    ben, reader = await room.enter("Ben"), Reader(room)
    await reader.catch_up(10)
    for user, emoji in ((ben, "🎉"), (ana, "👍"), (ana, "🎉")):
        await room.log.react(user.id, said.id, emoji, on=True)
    (message,) = (await reader.ask(10)).messages
    named_ana, named_ben = (Author(user.id, user.name) for user in (ana, ben))
    assert message.reactions == (Reaction("🎉", 2, (named_ben, named_ana)), Reaction("👍", 1, (named_ana,)))
    assert (message.id, message.body, message.edited_at) == (said.id, said.body, None)
    assert message.rev == ben.rev + 3


@pytest.mark.parametrize("on", [True, False])
async def test_the_same_once_more_moves_nothing(room: StoredRoom, ana: User, said: Message, on: bool) -> None:  # noqa: FBT001 as it is a row of a table
    await room.log.react(ana.id, said.id, "👍", on=on)
    once = await room.everything()
    await room.log.react(ana.id, said.id, "👍", on=on)
    assert await room.everything() == once
    assert await reactions(room, said) == ({"👍": 1} if on else {})


async def test_toggling_adds_and_takes_away(room: StoredRoom, ana: User, said: Message) -> None:
    seen = []
    for _ in range(3):
        await room.log.react(ana.id, said.id, "👍", on=None)
        seen.append(await reactions(room, said))
    assert seen == [{"👍": 1}, {}, {"👍": 1}]


async def test_last_one_taken_away_leaves_nothing(room: StoredRoom, ana: User, said: Message) -> None:
    await room.log.react(ana.id, said.id, "👍", on=True)
    await room.log.react(ana.id, said.id, "👍", on=False)
    assert await room.log.message(said.id) == said._replace(rev=said.rev + 2)


async def test_the_first_fifty_are_named_and_all_are_counted(room: StoredRoom, said: Message) -> None:
    people = [await room.enter(f"Person {number}") for number in range(NAMED + 5)]
    for person in people:
        await room.log.react(person.id, said.id, "👍", on=True)
    message = await room.log.message(said.id)
    assert message
    (thumbs,) = message.reactions
    assert thumbs.count == NAMED + 5
    assert thumbs.users == tuple(Author(person.id, person.name) for person in people[:NAMED])
    await room.log.react(people[0].id, said.id, "👍", on=False)
    message = await room.log.message(said.id)
    assert message
    assert [one.name for one in message.reactions[0].users] == [one.name for one in people[1 : NAMED + 1]]


async def test_twenty_kinds_are_enough_for_one_message(room: StoredRoom, ana: User, said: Message) -> None:
    ben, kinds = await room.enter("Ben"), list(EMOJI_DATA)[: KINDS + 1]
    for emoji in kinds[:KINDS]:
        await room.log.react(ana.id, said.id, emoji, on=True)
    head = await room.log.head()
    with pytest.raises(Refused) as refusal:
        await room.log.react(ben.id, said.id, kinds[KINDS], on=True)
    assert refusal.value.code == "too_many_emoji"
    assert await room.log.head() == head
    await room.log.react(ben.id, said.id, kinds[0], on=True)
    await room.log.react(ana.id, said.id, kinds[1], on=False)
    await room.log.react(ben.id, said.id, kinds[KINDS], on=True)
    assert await reactions(room, said) == {kinds[0]: 2, **dict.fromkeys(kinds[2:], 1)}


async def test_what_is_gone_or_was_never_there_takes_no_reaction(room: StoredRoom, ana: User, said: Message) -> None:
    await room.log.erase(ana.id, said.id)
    for number in (said.id, said.id + 1_000):
        for on in (True, False, None):
            with pytest.raises(Refused) as refusal:
                await room.log.react(ana.id, number, "👍", on=on)
            assert refusal.value.code == "not_found"


async def test_two_who_react_at_once_are_both_counted(
    room: StoredRoom, ana: User, said: Message, database_url: str
) -> None:
    ben = await room.enter("Ben")
    first = f"select react({ana.id}, {said.id}, '👍', true)"
    await overtake(database_url, first, room.log.react(ben.id, said.id, "👍", on=True))
    assert await reactions(room, said) == {"👍": 2}


async def test_one_who_clicks_twice_at_once_is_counted_once(
    room: StoredRoom, ana: User, said: Message, database_url: str
) -> None:
    first = f"select react({ana.id}, {said.id}, '👍', true)"
    await overtake(database_url, first, room.log.react(ana.id, said.id, "👍", on=True))
    assert await reactions(room, said) == {"👍": 1}
    assert (await room.everything()).rev == said.rev + 1


async def test_reaction_that_waited_for_a_deletion_is_refused(
    room: StoredRoom, ana: User, said: Message, database_url: str
) -> None:
    with pytest.raises(Refused, match="no such message"):
        await overtake(
            database_url, f"select erase({ana.id}, {said.id})", room.log.react(ana.id, said.id, "👍", on=True)
        )
    assert await room.execute("select * from reactions") == []


async def test_many_at_once_make_no_more_than_twenty_kinds(room: StoredRoom, ana: User, said: Message) -> None:
    kinds = list(EMOJI_DATA)[: KINDS + 5]
    became = await asyncio.gather(
        *(room.log.react(ana.id, said.id, emoji, on=True) for emoji in kinds), return_exceptions=True
    )
    assert len(await reactions(room, said)) == KINDS
    assert [getattr(one, "code", None) for one in became].count("too_many_emoji") == 5
