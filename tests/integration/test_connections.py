"""Proves that nobody waits for, or fails by, a connection that is somebody else's or has long ended."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

from hubbub.assembly import put_together
from hubbub.bus.local import LocalBus
from hubbub.room.ports import Draft
from hubbub.settings import load
from hubbub.store.database import DOORS, TASKS, Database
from hubbub.store.log import PostgresLog
from hubbub.supervisor import Supervisor
from tests.support.clients import ARRIVAL
from tests.support.sessions import session
from tests.support.stored import StoredRoom


async def test_rush_at_the_doors_holds_up_nothing_that_is_said(database_url: str) -> None:
    doors, tasks = Database(database_url, DOORS), Database(database_url, TASKS)
    ana = await StoredRoom(doors).enter("Ana")
    parts = await put_together(load({}), doors, tasks, LocalBus())
    async with AsyncExitStack() as rush:
        for _ in range(DOORS):
            await rush.enter_async_context(doors.lend())
        async with asyncio.timeout(ARRIVAL), Supervisor(parts.children):
            said = await parts.writer.say(Draft(ana.id, uuid4(), "hello"))
            parts.presence.opened(ana.id)
            while parts.audience.latest.rev <= said.message.rev:  # noqa: ASYNC110 as that she is online tells nobody here
                await asyncio.sleep(0.01)
    assert parts.audience.latest.online == 1
    await doors.close()
    await tasks.close()


async def test_connections_that_ended_while_nobody_used_them_fail_nobody(database_url: str) -> None:
    pool = Database(database_url, TASKS)
    log = PostgresLog(pool)
    async with AsyncExitStack() as all_at_once:
        for _ in range(TASKS):
            await all_at_once.enter_async_context(pool.lend())
    async with session(database_url) as other:
        ended = await other.fetch(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert len(ended) == TASKS
    await asyncio.sleep(0)  # their ends have arrived and are taken in
    await asyncio.gather(*(log.head() for _ in range(TASKS)))
    await pool.close()
