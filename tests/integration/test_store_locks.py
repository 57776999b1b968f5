"""Proves the rule of READ COMMITTED: whoever waited for the room's lock sees what was committed meanwhile.

In each test one session has written and not yet committed; the other is let go only once it waits.
"""

from uuid import uuid4

import pytest

from hubbub.room.ports import Draft
from hubbub.store.database import Database
from tests.support.sessions import overtake
from tests.support.stored import StoredRoom


@pytest.fixture
def room(database: Database) -> StoredRoom:
    return StoredRoom(database)


async def test_key_that_is_said_twice_at_once_is_one_message(room: StoredRoom, database_url: str) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    first = f"select say(array[{ana.id}]::bigint[], array['{key}']::uuid[], array['first'])"
    (said,) = await overtake(database_url, first, room.append(Draft(ana.id, key, "again")))
    assert not said.fresh
    assert said.message.body == "first"
    assert (await room.everything()).messages == (said.message,)


async def test_batch_that_waited_adds_only_what_is_new(room: StoredRoom, database_url: str) -> None:
    ana, key = await room.enter("Ana"), uuid4()
    first = f"select say(array[{ana.id}]::bigint[], array['{key}']::uuid[], array['first'])"
    drafts = [Draft(ana.id, uuid4(), "a"), Draft(ana.id, key, "again"), Draft(ana.id, uuid4(), "b")]
    said = await overtake(database_url, first, room.append(*drafts))
    assert [one.fresh for one in said] == [True, False, True]
    everything = await room.everything()
    assert [message.body for message in everything.messages] == ["first", "a", "b"]
    assert everything.rev == said[-1].message.id == ana.rev + 3


async def test_new_name_that_two_enter_at_once_is_one_user(room: StoredRoom, database_url: str) -> None:
    user = await overtake(database_url, "select enter('Ana', 'ana')", room.enter("ANA"))
    everything = await room.everything()
    assert everything.users == (user,)
    assert everything.total == 1
    assert user.name == "Ana"


async def test_user_whom_another_node_takes_over_meanwhile_stays_online(room: StoredRoom, database_url: str) -> None:
    ana, here, there = await room.enter("Ana"), await room.node(), await room.node()
    await room.roster.attend(here, [ana.id], [])
    arrival = f"select attend('{there}', array[{ana.id}]::bigint[], '{{}}')"
    assert await overtake(database_url, arrival, room.roster.attend(here, [], [ana.id]))
    assert await room.online() == {"Ana"}
    assert (await room.log.head()).online == 1


async def test_user_who_leaves_two_nodes_at_once_goes_offline_once(room: StoredRoom, database_url: str) -> None:
    ana, here, there = await room.enter("Ana"), await room.node(), await room.node()
    for node in (here, there):
        await room.roster.attend(node, [ana.id], [])
    departure = f"select attend('{there}', '{{}}', array[{ana.id}]::bigint[])"
    assert await overtake(database_url, departure, room.roster.attend(here, [], [ana.id]))
    assert await room.online() == set()
    assert (await room.log.head()).online == 0


async def test_sweep_spares_a_user_who_came_to_another_node_meanwhile(room: StoredRoom, database_url: str) -> None:
    ana, dead, alive = await room.enter("Ana"), await room.node(), await room.node()
    await room.roster.attend(dead, [ana.id], [])
    await room.roster.renew(dead, -1.0)
    arrival = f"select attend('{alive}', array[{ana.id}]::bigint[], '{{}}')"
    assert await overtake(database_url, arrival, room.roster.sweep()) == 1
    assert await room.online() == {"Ana"}
    assert (await room.log.head()).online == 1


async def test_sweep_spares_a_node_that_renews_its_lease_meanwhile(room: StoredRoom, database_url: str) -> None:
    ana, node = await room.enter("Ana"), await room.node()
    await room.roster.attend(node, [ana.id], [])
    await room.roster.renew(node, -1.0)
    assert await overtake(database_url, f"select renew('{node}', '1 minute')", room.roster.sweep()) == 0
    assert await room.online() == {"Ana"}


async def test_node_that_is_swept_while_it_writes_is_told(room: StoredRoom, database_url: str) -> None:
    ana, node = await room.enter("Ana"), await room.node(lease=-1.0)
    assert not await overtake(database_url, "select sweep()", room.roster.attend(node, [ana.id], []))
    assert await room.online() == set()


async def test_node_that_is_swept_while_it_renews_is_told(room: StoredRoom, database_url: str) -> None:
    node = await room.node(lease=-1.0)
    assert await overtake(database_url, "select sweep()", room.roster.renew(node, 60.0))
    assert await room.roster.attend(node, [], [])


async def test_two_sweepers_at_once_count_nobody_twice(room: StoredRoom, database_url: str) -> None:
    ana, node = await room.enter("Ana"), await room.node()
    await room.roster.attend(node, [ana.id], [])
    await room.roster.renew(node, -1.0)
    assert await overtake(database_url, "select sweep()", room.roster.sweep()) == 0
    everything = await room.everything()
    assert everything.online == 0
    assert everything.rev == everything.users[0].rev == ana.rev + 2
