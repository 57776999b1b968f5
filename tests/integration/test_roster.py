"""Proves who the roster knows, in which order people are listed, and what leases do, in database time."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from hubbub.errors import Refused
from hubbub.room.changes import People, User
from hubbub.store.database import Database
from tests.support.stored import ALL, StoredRoom


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def listed(room: StoredRoom, limit: int) -> list[str]:
    """Return the names of the whole list people see, read in windows."""
    names: list[str] = []
    cursor = None
    while True:
        people, cursor = await room.roster.listing(cursor, limit)
        names += [user.name for user in people.users]
        if cursor is None:
            return names


async def test_known_name_in_any_spelling_is_its_user(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    assert [await room.enter(name) for name in (" ana ", "ANA", "Ａｎａ")] == 3 * [ana]
    assert (await room.log.head()).rev == ana.rev


async def test_one_new_name_entered_many_times_at_once_is_one_user(room: StoredRoom) -> None:
    users = await asyncio.gather(*(room.enter(name) for name in 10 * ["Ana", "ANA", "ben"]))
    assert len({user.id for user in users}) == 2
    assert (await room.log.head()).total == 2


async def test_new_user_is_offline_until_a_stream_opens(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    assert (ana.online, ana.last_seen_at) == (False, None)
    await room.roster.attend(await room.node(), [ana.id], [])
    (online,) = (await room.everything()).users
    assert online.online
    assert online.rev == ana.rev + 1
    assert online.last_seen_at is not None
    assert abs(online.last_seen_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_leaving_moves_when_somebody_was_last_seen(room: StoredRoom) -> None:
    ana, node = await room.enter("Ana"), await room.node()
    await room.roster.attend(node, [ana.id], [])
    (online,) = (await room.everything()).users
    await room.roster.attend(node, [], [ana.id])
    (offline,) = (await room.everything()).users
    assert not offline.online
    assert online.last_seen_at is not None
    assert offline.last_seen_at is not None
    assert offline.last_seen_at > online.last_seen_at


async def test_attendance_written_twice_changes_nothing(room: StoredRoom) -> None:
    ana, ben, node = await room.enter("Ana"), await room.enter("Ben"), await room.node()
    await room.roster.attend(node, [ana.id], [])
    before = await room.everything()
    assert await room.roster.attend(node, [ana.id], [ben.id])
    assert await room.everything() == before


async def test_user_on_two_nodes_is_online_until_the_last_lets_go(room: StoredRoom) -> None:
    ana, here, there = await room.enter("Ana"), await room.node(), await room.node()
    for node in (here, there):
        await room.roster.attend(node, [ana.id], [])
    await room.roster.attend(here, [], [ana.id])
    assert await room.online() == {"Ana"}
    await room.roster.attend(there, [], [ana.id])
    assert await room.online() == set()


async def test_user_nobody_knows_cannot_be_present(room: StoredRoom) -> None:
    assert await room.roster.attend(await room.node(), [4711], [4712])
    assert (await room.log.head()).online == 0


async def test_lease_is_new_once_and_then_renewed(room: StoredRoom) -> None:
    node = uuid4()
    assert [await room.roster.renew(node, 60.0) for _ in range(3)] == [True, False, False]


async def test_node_without_a_lease_writes_nothing(room: StoredRoom) -> None:
    ana = await room.enter("Ana")
    assert not await room.roster.attend(uuid4(), [ana.id], [])
    assert await room.online() == set()


async def test_lease_is_in_database_time(room: StoredRoom) -> None:
    node = await room.node(lease=9.0)
    ((left,),) = await room.execute("select extract(epoch from expires_at - clock_timestamp()) from nodes")
    assert 0 < float(str(left)) <= 9.0
    assert await room.roster.sweep() == 0
    await room.roster.renew(node, 0.0)
    assert await room.roster.sweep() == 1


async def test_sweep_flips_whoever_was_only_on_dead_nodes(room: StoredRoom) -> None:
    ana, ben, cleo = [await room.enter(name) for name in ("Ana", "Ben", "Cleo")]
    dead, dead_too, alive = await room.node(), await room.node(), await room.node()
    await room.roster.attend(dead, [ana.id, ben.id], [])
    await room.roster.attend(dead_too, [ana.id], [])
    await room.roster.attend(alive, [ben.id, cleo.id], [])
    for node in (dead, dead_too):
        await room.roster.renew(node, -1.0)
    assert await room.roster.sweep() == 2
    assert await room.online() == {"Ben", "Cleo"}
    assert (await room.log.head()).online == 2
    assert await room.roster.sweep() == 0


async def test_swept_node_that_lives_on_writes_itself_in_again(room: StoredRoom) -> None:
    ana, node = await room.enter("Ana"), await room.node()
    await room.roster.attend(node, [ana.id], [])
    await room.roster.renew(node, -1.0)
    await room.roster.sweep()
    assert not await room.roster.attend(node, [], [])
    assert await room.roster.renew(node, 60.0)
    assert await room.roster.attend(node, [ana.id], [])
    assert await room.online() == {"Ana"}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_list_shows_who_is_online_first_and_then_by_name(room: StoredRoom, limit: int) -> None:
    users = {name: await room.enter(name) for name in ("dov", "Ana", "Émile", "ben", "Zoë", "Cleo")}
    await room.roster.attend(await room.node(), [users[name].id for name in ("Zoë", "Cleo")], [])
    assert await listed(room, limit) == ["Cleo", "Zoë", "Ana", "ben", "dov", "Émile"]


async def test_cursor_holds_names_with_colons(room: StoredRoom) -> None:
    for name in ("a:b", ":", "online:x", "z"):
        await room.enter(name)
    assert await listed(room, 1) == [":", "a:b", "online:x", "z"]


@pytest.mark.parametrize("cursor", ["", "x", "away:ana", "online", "offline:\x00"])
async def test_cursor_that_is_no_place_in_the_list_is_refused(room: StoredRoom, cursor: str) -> None:
    with pytest.raises(Refused) as refusal:
        await room.roster.listing(cursor, 10)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ana", "Anna_B", "Zoë", "50%"]),
        ("an", ["Ana", "Anna_B"]),
        (" AN ", ["Ana", "Anna_B"]),
        ("ZOË", ["Zoë"]),
        ("_", ["Anna_B"]),
        ("%", ["50%"]),
        ("/", []),
        ("'", []),
        ("ｚｏ", ["Zoë"]),
        ("zoe\u0308", ["Zoë"]),  # as some keyboards send it
    ],
)
async def test_people_are_found_by_a_part_of_their_name(room: StoredRoom, query: str, found: list[str]) -> None:
    for name in ("Ana", "Anna_B", "Zoë", "50%"):
        await room.enter(name)
    people = await room.roster.people(query, 0, ALL)
    assert [user.name for user in people.users] == found
    assert (people.online, people.total) == (0, 4)


async def test_every_part_of_a_name_finds_it_from_any_place(room: StoredRoom) -> None:
    """Names are looked for in stretches of ids: the room is on both sides of where one ends."""
    await room.execute("alter table users alter column id restart with 3995")
    names = ["Ana", "Anna_B", "bananas 5%", "ananas", "Zoë", "张伟", "🦊 fox", "O'Hara", "a\\b", "guest 11"]
    users = [await room.enter(name) for name in names]
    keys = [user.sort_key for user in users]
    parts = {
        key[begin:end].strip() for key in keys for begin in range(len(key)) for end in range(begin + 1, len(key) + 1)
    }
    for part in sorted(parts - {""}):
        having = tuple(user for user in users if part in user.sort_key)
        for after in (0, having[0].id - 1, having[-1].id, having[-1].id + 10_000):
            people = await room.roster.people(part, after, ALL)
            assert people.users == tuple(user for user in having if user.id > after), part


async def test_what_all_have_is_found_window_after_window(room: StoredRoom) -> None:
    await room.execute("alter table users alter column id restart with 3990")
    users = [await room.enter(f"guest {number}") for number in range(25)]
    came: list[User] = []
    while people := (await room.roster.people("guest", came[-1].id if came else 0, 4)).users:
        came += people
    assert came == users


@pytest.mark.parametrize("query", ["x" * 100, "guest 1" * 14, "\ufdfa" * 100, "uest 12", "1guest"])
async def test_what_is_in_no_name_finds_nobody(room: StoredRoom, query: str) -> None:
    await room.enter("guest 1")
    assert await room.roster.people(query, 0, ALL) == People((), 0, 1)


async def test_people_are_read_in_windows_by_id(room: StoredRoom) -> None:
    users = [await room.enter(name) for name in ("Cleo", "Ana", "Ben")]
    assert await room.roster.people("", 0, 2) == People(tuple(users[:2]), 0, 3)
    assert await room.roster.people("", users[1].id, 2) == People(tuple(users[2:]), 0, 3)


async def test_secret_is_made_with_the_room_and_stays(room: StoredRoom) -> None:
    secret = await room.roster.secret()
    assert len(secret) >= 32
    assert await room.roster.secret() == secret
