"""Proves, over random histories, that old state + changes = fresh state, and that the room's row counts right."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.room.ports import Draft
from hubbub.store.database import Database
from tests.support.databases import Databases
from tests.support.stored import ALL, Reader, StoredRoom, revs

NAMES = st.sampled_from(["Ana", "Ben", "Cleo"])
NODES = st.integers(0, 1)
KEYS = st.integers(0, 5)  # few, so that they are said again
SPACE = UUID(int=2)  # what the ids of keys and nodes are derived from, so that a failure can be repeated


@dataclass(frozen=True)
class Enter:
    name: str


@dataclass(frozen=True)
class Say:
    drafts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Attend:
    node: int
    arrived: frozenset[str]
    departed: frozenset[str]


@dataclass(frozen=True)
class LoseLease:
    node: int
    swept: bool


@dataclass(frozen=True)
class Read:
    reader: int
    limit: int


Step = Enter | Say | Attend | LoseLease | Read

STEPS = st.one_of(
    st.builds(Enter, NAMES),
    st.builds(Say, st.lists(st.tuples(NAMES, KEYS), min_size=1, max_size=4).map(tuple)),
    st.builds(Attend, NODES, st.frozensets(NAMES, min_size=1), st.just(frozenset())),
    st.builds(Attend, NODES, st.just(frozenset()), st.frozensets(NAMES, min_size=1)),
    st.builds(Attend, NODES, st.frozensets(NAMES), st.frozensets(NAMES)),
    st.builds(LoseLease, NODES, st.booleans()),
    st.builds(Read, st.integers(0, 1), st.integers(1, 6)),
)


class History:
    """Takes steps in a real room and knows what they must come to."""

    def __init__(self, room: StoredRoom) -> None:
        self._room = room
        self.readers = [Reader(room), Reader(room)]
        self.ids: dict[str, int] = {}
        # The first body of each (user, key), in the order of the room.
        self.said: dict[tuple[int, UUID], str] = {}
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
            case Attend():
                await self._attend(step)
            case LoseLease():
                await self._lose_lease(step)
            case Read(reader, limit):
                await self.readers[reader].ask(limit)

    async def _enter(self, name: str) -> None:
        user = await self._room.enter(name)
        assert self.ids.setdefault(name, user.id) == user.id

    async def _say(self, drafts: tuple[tuple[str, int], ...]) -> None:
        batch = [
            Draft(self.ids.get(name, 0), _id("key", key), f"{name} {key}, draft {len(self.said)}.{place}")
            for place, (name, key) in enumerate(drafts)
        ]
        for draft, said in zip(batch, await self._room.log.append(batch), strict=True):
            if not draft.user_id:
                assert said is None
                continue
            assert said is not None
            key = (draft.user_id, draft.key)
            assert said.message.body == self.said.setdefault(key, draft.body)

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
    assert [message.body for message in everything.messages] == list(history.said.values())
    assert [message.id for message in everything.messages] == [message.rev for message in everything.messages]
    assert all(user.last_seen_at for user in everything.users if user.online)


async def check_readers(history: History, room: StoredRoom) -> None:
    """Compare what those hold who read now and then with what somebody gets who comes fresh."""
    everything = await room.everything()
    for reader, limit in zip(history.readers, (2, ALL), strict=True):
        await reader.catch_up(limit)
        assert tuple(reader.messages.values()) == everything.messages
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
