"""Proves, over random histories, that old state + changes = fresh state, and that the room's row counts right."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.room.changes import Message, Quote
from hubbub.room.mention import name_keys
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from tests.support.databases import Databases
from tests.support.steps import STEPS, Attend, Edit, Enter, Erase, LoseLease, React, Read, Say, Step
from tests.support.stored import ALL, Reader, StoredRoom, revs

SPACE = UUID(int=2)  # what the ids of keys and nodes are derived from, so that a failure can be repeated


@dataclass
class Told:
    """A message as it must be."""

    id: int
    author: str
    body: str
    reply_to: "Told | None" = None
    mentions: set[str] = field(default_factory=set)
    # Who chose each emoji, the first one first.
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: bool = False
    gone: bool = False

    def forget(self) -> None:
        """Keep nothing but a trace."""
        self.body, self.reply_to, self.mentions, self.reactions, self.gone = "", None, set(), {}, True

    def react(self, name: str, emoji: str, on: bool | None) -> None:  # noqa: FBT001 as it is a step's
        """Add a reaction, or take it away."""
        people = self.reactions.setdefault(emoji, [])
        if name in people and on is not True:
            people.remove(name)
        elif name not in people and on is not False:
            people.append(name)
        if not people:
            del self.reactions[emoji]

    def is_shown_by(self, message: Message) -> bool:
        """Whether a message says all of this."""
        original = self.reply_to
        return (message.id, message.user.name, message.body) == (self.id, self.author, self.body) and (
            message.reply_to == (original and Quote(original.id, original.author, original.body))
            and {one.name for one in message.mentions} == self.mentions
            and {one.emoji: [user.name for user in one.users] for one in message.reactions} == self.reactions
            and (message.edited_at is not None, message.deleted_at is not None) == (self.edited, self.gone)
        )


class History:
    """Takes steps in a real room and knows what they must come to."""

    def __init__(self, room: StoredRoom) -> None:
        self._room = room
        self.readers = [Reader(room), Reader(room)]
        self.ids: dict[str, int] = {}
        # What each (user, key) has made, in the order of the room.
        self.said: dict[tuple[int, UUID], Told] = {}
        # Who is present on each node that has a lease, run out or not.
        self.present: dict[int, set[int]] = {}
        self.lost: set[int] = set()

    async def take(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Enter(name):
                await self._enter(name)
            case Say(drafts):
                await self._say(drafts)
            case Edit():
                await self._edit(step)
            case Erase():
                await self._erase(step)
            case React():
                await self._react(step)
            case Attend():
                await self._attend(step)
            case LoseLease():
                await self._lose_lease(step)
            case Read(reader, limit):
                await self.readers[reader].ask(limit)

    async def _enter(self, name: str) -> None:
        user = await self._room.enter(name)
        assert self.ids.setdefault(name, user.id) == user.id

    async def _say(self, drafts: tuple[tuple[str, int, int | None], ...]) -> None:
        there = list(self.said.values())
        originals = [None if place is None or place >= len(there) else there[place] for _, _, place in drafts]
        batch = [
            Draft(
                self.ids.get(name, 0),
                _id("key", key),
                f"{name} {key}, draft {len(self.said)}.{number}",
                original.id if original else None,
            )
            for number, ((name, key, _), original) in enumerate(zip(drafts, originals, strict=True))
        ]
        said = await self._room.log.append(batch)
        for draft, one, original, (name, *_) in zip(batch, said, originals, drafts, strict=True):
            if not draft.user_id:
                assert one is None
                continue
            assert one is not None
            told = Told(one.message.id, name, draft.body, original)
            assert self.said.setdefault((draft.user_id, draft.key), told).is_shown_by(one.message)

    async def _edit(self, step: Edit) -> None:
        if not (told := self._find(step)):
            return
        keys = name_keys(step.body)
        code = "not_found" if told.gone else "not_yours" if told.author != step.name else None
        edited = await _accepted(self._room.log.edit(self.ids[step.name], told.id, step.body, keys), code)
        if edited and told.body != step.body:
            told.body, told.edited = step.body, True
            told.mentions = {name for name in self.ids if name.lower() in keys}

    async def _erase(self, step: Erase) -> None:
        if told := self._find(step):
            code = "not_yours" if told.author != step.name else None
            if await _accepted(self._room.log.erase(self.ids[step.name], told.id), code):
                told.forget()

    async def _react(self, step: React) -> None:
        if told := self._find(step):
            code = "not_found" if told.gone else None
            reacting = self._room.log.react(self.ids[step.name], told.id, step.emoji, on=step.on)
            if await _accepted(reacting, code):
                told.react(step.name, step.emoji, step.on)

    def _find(self, step: Edit | Erase | React) -> Told | None:
        """Return the message that is meant, None if it or whoever means it is not there yet."""
        there = list(self.said.values())
        return there[step.message] if step.name in self.ids and step.message < len(there) else None

    async def _attend(self, step: Attend) -> None:
        node = _id("node", step.node)
        if step.node not in self.present:
            assert not await self._room.roster.attend(node, [], [])
            assert await self._room.roster.renew(node, 600.0)
            self.present[step.node] = set()
        arrived, departed = (
            sorted(self.ids[name] for name in names if name in self.ids)
            for names in (step.arrived - step.departed, step.departed)
        )
        assert await self._room.roster.attend(node, arrived, departed)
        self.present[step.node] |= set(arrived)
        self.present[step.node] -= set(departed)

    async def _lose_lease(self, step: LoseLease) -> None:
        if step.node in self.present:
            assert not await self._room.roster.renew(_id("node", step.node), -1.0)
            self.lost.add(step.node)
        if step.swept:
            assert await self._room.roster.sweep() == len(self.lost)
            self.present = {node: here for node, here in self.present.items() if node not in self.lost}
            self.lost = set()


async def _accepted(change: Awaitable[None], code: str | None) -> bool:
    """Whether a change is accepted, which it must be if there is no code to refuse it with."""
    became = None
    try:
        await change
    except Refused as refused:
        became = refused.code
    assert became == code
    return became is None


def _id(kind: str, number: int) -> UUID:
    return uuid5(SPACE, f"{kind} {number}")


async def check(history: History, room: StoredRoom) -> None:
    """Compare the room with what the history must have come to."""
    everything = await room.everything()
    online = set().union(*history.present.values())
    assert {user.id for user in everything.users} == set(history.ids.values())
    assert {user.id for user in everything.users if user.online} == online
    assert (everything.online, everything.total) == (len(online), len(history.ids))
    assert await room.execute("select rev from room") == [(everything.rev,)]

    assert len(set(revs(everything))) == everything.size
    messages = sorted(everything.messages, key=lambda message: message.id)
    assert all(told.is_shown_by(message) for told, message in zip(history.said.values(), messages, strict=True))
    assert all(user.last_seen_at for user in everything.users if user.online)


async def check_readers(history: History, room: StoredRoom) -> None:
    """Compare what those hold who read now and then with what somebody gets who comes fresh."""
    everything = await room.everything()
    for reader, limit in zip(history.readers, (2, ALL), strict=True):
        await reader.catch_up(limit)
        assert reader.messages == {message.id: message for message in everything.messages}
        assert reader.users == {user.id: user for user in everything.users}
        assert reader.rev == everything.rev


EMPTY = (
    "truncate messages, reactions, presences, nodes, names, users restart identity",
    "update room set rev = 0, online = 0, total = 0",
)


@pytest.fixture(scope="module")
def history_url(databases: Databases) -> Iterator[str]:
    """One database for all histories: emptying is faster than making."""
    with databases.fresh() as address:
        yield address


@given(st.lists(STEPS, min_size=20, max_size=50))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_old_state_and_changes_are_a_fresh_state(history_url: str, steps: list[Step]) -> None:
    asyncio.run(_live_through(history_url, steps))


async def _live_through(address: str, steps: list[Step]) -> None:
    database = Database(address)
    try:
        room = StoredRoom(database)
        for statement in EMPTY:
            await room.execute(statement)
        history = History(room)
        for step in steps:
            await history.take(step)
        await check(history, room)
        await check_readers(history, room)
    finally:
        await database.close()
