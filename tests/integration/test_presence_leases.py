"""Proves that the database is kept told who is here, through lost leases, dead nodes and a killed task."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

import pytest

from hubbub.bus.postgres import PostgresBus
from hubbub.errors import Unavailable
from hubbub.room import presence as attending
from hubbub.room.changes import User
from hubbub.room.presence import LEASE, Presence
from hubbub.store.database import Database
from hubbub.store.roster import PostgresRoster
from tests.support.clients import ARRIVAL
from tests.support.parts import HandBell, eventually, task
from tests.support.stored import StoredRoom

NODE = UUID(int=1)


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "TICK", 0.01)
    monkeypatch.setattr(attending, "RENEWAL", 0.05)


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
def bell() -> HandBell:
    return HandBell()


@pytest.fixture
def presence(room: StoredRoom, bell: HandBell) -> Presence:
    return Presence(room.roster, bell, NODE)


@pytest.fixture
async def ana(room: StoredRoom) -> User:
    return await room.enter("Ana")


@pytest.fixture
async def ben(room: StoredRoom) -> User:
    return await room.enter("Ben")


async def shows(room: StoredRoom, *names: str) -> None:
    """Return once exactly these are online."""

    async def does() -> bool:
        return await room.online() == set(names)

    await eventually(does)


async def lease(room: StoredRoom) -> float:
    """Return when the lease ends, in seconds of the database's clock; 0 if there is none."""
    rows = await room.execute("select extract(epoch from expires_at)::float8 from nodes where id = :id", id=NODE)
    return float(str(rows[0][0])) if rows else 0.0


async def lose_lease(room: StoredRoom) -> None:
    """Let the lease run out and another node sweep it, as after a pause that was too long."""
    while not await room.roster.sweep():  # a renewal may come between
        await room.execute("update nodes set expires_at = clock_timestamp() where id = :id", id=NODE)


async def rings(bell: HandBell, *, more_than: int = 0) -> None:
    """Return once the bell has been rung, which is after the database was told."""
    async with asyncio.timeout(ARRIVAL):
        while bell.rings <= more_than:
            await bell.wait(ARRIVAL)


async def test_who_opens_a_stream_is_online_until_they_leave(
    room: StoredRoom, presence: Presence, bell: HandBell, ana: User
) -> None:
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
        await rings(bell)
        presence.opened(ana.id)
        presence.closed(ana.id, at_once=True)
        presence.closed(ana.id, at_once=True)
        await shows(room)


async def test_last_stream_that_closes_is_left_after_the_grace(
    room: StoredRoom, presence: Presence, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "GRACE", 0.05)
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
        presence.closed(ana.id)
        await shows(room)


async def test_lease_is_renewed_while_nothing_happens(room: StoredRoom, presence: Presence) -> None:
    async with task(presence.run):
        await eventually(lambda: lease(room))
        first = await lease(room)

        async def later() -> bool:
            return await lease(room) > first + 0.1

        await eventually(later)
    ((left,),) = await room.execute("select extract(epoch from expires_at - clock_timestamp())::float8 from nodes")
    assert 0 < float(str(left)) <= LEASE


async def test_storm_is_written_though_a_tick_is_bounded(
    room: StoredRoom, presence: Presence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "ROWS", 3)
    users = [await room.enter(f"user {number}") for number in range(10)]
    async with task(presence.run):
        for user in users:
            presence.opened(user.id)
        await shows(room, *(user.name for user in users))


async def test_node_that_lost_its_lease_writes_itself_in_again(
    room: StoredRoom, presence: Presence, bell: HandBell, ana: User
) -> None:
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
        await rings(bell)
        await lose_lease(room)
        await shows(room, "Ana")
        await rings(bell, more_than=1)


async def test_who_left_while_the_lease_was_lost_is_no_ghost(
    room: StoredRoom, presence: Presence, ana: User, ben: User
) -> None:
    async with task(presence.run):
        presence.opened(ana.id)
        presence.opened(ben.id)
        await shows(room, "Ana", "Ben")
    # The task stands still, as in a process that is suspended, and its people go on.
    await lose_lease(room)
    assert await room.online() == set()
    presence.closed(ben.id, at_once=True)
    async with task(presence.run):
        await shows(room, "Ana")
        presence.closed(ana.id, at_once=True)
        await shows(room)
    assert await room.execute("select from presences") == []


async def test_arrival_that_meets_a_lost_lease_is_written_all_the_same(
    room: StoredRoom, presence: Presence, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "RENEWAL", 60.0)  # so only the arrival can find out
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
        await lose_lease(room)
        presence.opened(ben.id)
        await shows(room, "Ana", "Ben")


async def test_dead_node_is_swept_by_any_other(
    room: StoredRoom, presence: Presence, bell: HandBell, ana: User, ben: User
) -> None:
    dead = await room.node()
    await room.roster.attend(dead, [ana.id, ben.id], [])
    async with task(presence.run):
        presence.opened(ben.id)
        await eventually(lambda: lease(room))
        assert "Ana" in await room.online()
        await room.roster.renew(dead, -1.0)
        await shows(room, "Ben")
        await rings(bell, more_than=1)
    assert await room.execute("select id from nodes") == [(NODE,)]


async def test_task_that_is_killed_goes_on_from_who_is_here(
    room: StoredRoom, presence: Presence, ana: User, ben: User
) -> None:
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
    presence.opened(ben.id)
    presence.closed(ana.id, at_once=True)
    assert await room.online() == {"Ana"}
    async with task(presence.run):
        await shows(room, "Ben")


async def test_database_that_is_away_is_an_outage_and_forgets_nobody(
    room: StoredRoom, ana: User, database_url: str
) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    presence = Presence(PostgresRoster(database), PostgresBus(database_url), uuid4())
    presence.opened(ana.id)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await presence.run()
    await database.close()
    presence._roster = room.roster  # noqa: SLF001 as its database is back
    async with task(presence.run):
        await shows(room, "Ana")


async def test_who_is_sent_away_by_a_server_that_stops_is_not_signed_off(
    room: StoredRoom, presence: Presence, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
        monkeypatch.setattr(presence, "_grace", 0.01)
        presence.hold()
        presence.closed(ana.id)
        for _ in range(3):  # renewals, each of which takes longer than that grace
            before = await lease(room)
            await eventually(partial(renewed, room, before))
        assert await room.online() == {"Ana"}


async def renewed(room: StoredRoom, before: float) -> bool:
    return await lease(room) > before


class LosesAnswers(PostgresRoster):
    """The roster on a connection that is cut when it would answer: what was asked for has been done."""

    lose = False

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # Set once a renewal has been answered.
        self.renewed = asyncio.Event()

    async def attend(self, node: UUID, arrived: Sequence[int], departed: Sequence[int]) -> bool:
        """Write, and perhaps tell."""
        done = await super().attend(node, arrived, departed)
        self._cut()
        return done

    async def renew(self, node: UUID, lease: float) -> bool:
        """Renew, and perhaps tell."""
        fresh = await super().renew(node, lease)
        self._cut()
        self.renewed.set()
        return fresh

    def _cut(self) -> None:
        if self.lose:
            raise Unavailable


async def test_arrival_whose_answer_was_lost_leaves_no_ghost(
    database: Database, room: StoredRoom, bell: HandBell, ana: User
) -> None:
    roster = LosesAnswers(database)
    presence = Presence(roster, bell, NODE)
    async with task(presence.run) as running:
        await roster.renewed.wait()
        roster.lose = True
        presence.opened(ana.id)
        with pytest.raises(Unavailable):
            await running
    assert await room.online() == {"Ana"}
    roster.lose = False
    presence.closed(ana.id, at_once=True)
    async with task(presence.run):
        await shows(room)


async def test_new_lease_whose_answer_was_lost_is_filled_again(
    database: Database, room: StoredRoom, bell: HandBell, ana: User
) -> None:
    roster = LosesAnswers(database)
    presence = Presence(roster, bell, NODE)
    async with task(presence.run):
        presence.opened(ana.id)
        await shows(room, "Ana")
    await lose_lease(room)
    roster.lose = True
    with pytest.raises(Unavailable):
        await presence.run()
    roster.lose = False
    async with task(presence.run):
        await shows(room, "Ana")
