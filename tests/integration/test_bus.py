"""Proves that the doorbell is heard in other processes, gathers rings, and comes back after an outage."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from hubbub.bus.postgres import CHANNEL, PostgresBus
from hubbub.errors import Unavailable
from hubbub.supervisor import Supervisor
from tests.support.clients import ARRIVAL
from tests.support.parts import task
from tests.support.sessions import Session, session

NEVER = 3600.0  # seconds: what comes sooner has been heard
RING = """
import asyncio, sys
from hubbub.bus.postgres import PostgresBus

async def main():
    bell = PostgresBus(sys.argv[1])
    bell.ring()
    await bell.run()

asyncio.run(main())
"""


@asynccontextmanager
async def listening(database_url: str) -> AsyncIterator[PostgresBus]:
    """Run a bell that has connected and has nothing to hear yet."""
    bell = PostgresBus(database_url)
    async with task(bell.run):
        await heard(bell)  # it rings itself once it listens
        assert bell.connected
        yield bell
    assert not bell.connected


async def heard(bell: PostgresBus) -> None:
    """Return when the bell rings; fail when it does not."""
    async with asyncio.timeout(ARRIVAL):
        await bell.wait(NEVER)


async def cut(database_url: str) -> None:
    """Cut the connections of all bells."""
    async with session(database_url) as other:
        cuts = await other.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query ilike '%listen%' and datname = current_database() and pid <> pg_backend_pid()"
        )
        assert cuts


async def test_ring_is_heard_here_without_any_connection() -> None:
    bell = PostgresBus("postgresql://nobody@127.0.0.1:1/none")
    bell.ring()
    await heard(bell)


async def test_patience_ends_a_wait_and_one_ring_ends_one_wait() -> None:
    bell = PostgresBus("postgresql://nobody@127.0.0.1:1/none")
    bell.ring()
    bell.ring()
    await heard(bell)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bell.wait(NEVER), 0.05)
    await bell.wait(0.01)


async def test_ring_is_heard_by_all_other_bells(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        bells = [await stack.enter_async_context(listening(database_url)) for _ in range(3)]
        for ringer in bells:
            ringer.ring()
            await asyncio.gather(*map(heard, bells))


async def test_ring_is_heard_in_another_process(database_url: str) -> None:
    async with listening(database_url) as bell:
        other = await asyncio.create_subprocess_exec(sys.executable, "-c", RING, database_url, stderr=PIPE)
        try:
            await heard(bell)
        finally:
            other.terminate()
            await other.communicate()


async def test_rings_are_gathered_while_one_is_on_its_way(database_url: str) -> None:
    async with listening(database_url) as bell, session(database_url) as other:
        notified: list[str] = []
        begin, end = asyncio.Event(), asyncio.Event()

        def note(_: object, __: int, ___: str, payload: object) -> None:
            notified.append(str(payload))
            (end if payload == "end" else begin).set()

        await other.add_listener(CHANNEL, note)
        for _ in range(100):
            for _ in range(100):
                bell.ring()
            await asyncio.sleep(0)
        await asyncio.wait_for(begin.wait(), ARRIVAL)
        await notify(other, "end", end)
        await other.remove_listener(CHANNEL, note)
    assert 1 <= notified.count("") < 100


async def notify(connection: Session, payload: str, arrived: asyncio.Event) -> None:
    """Send a notification after all that were sent before, and return when it has come."""
    async with asyncio.timeout(ARRIVAL):
        await connection.execute("select pg_notify($1, $2)", CHANNEL, payload)
        await arrived.wait()


async def test_own_ring_comes_back_to_nobody_who_has_heard_it(database_url: str) -> None:
    async with listening(database_url) as bell, listening(database_url) as other:
        bell.ring()
        await heard(bell)
        await heard(other)  # so it has been through PostgreSQL
        other.ring()
        await heard(bell)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bell.wait(NEVER), 0.05)


async def test_bell_that_cannot_connect_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot connect"):
        await PostgresBus("postgresql://nobody@127.0.0.1:1/none").run()


async def test_bell_whose_connection_is_cut_is_unavailable(database_url: str) -> None:
    bell = PostgresBus(database_url)
    running = asyncio.create_task(bell.run())
    await heard(bell)
    await cut(database_url)
    with pytest.raises(Unavailable, match="lost"):
        await asyncio.wait_for(running, ARRIVAL)
    assert not bell.connected


async def test_bells_whose_connections_were_cut_hear_again_under_a_supervisor(database_url: str) -> None:
    bells = {"one": PostgresBus(database_url), "other": PostgresBus(database_url)}
    one, other = bells.values()
    async with Supervisor({name: bell.run for name, bell in bells.items()}) as supervisor:
        await asyncio.gather(heard(one), heard(other))
        await cut(database_url)
        # Rings may have been missed: each bell rings here as soon as it is back.
        await asyncio.gather(heard(one), heard(other))
        one.ring()
        await heard(other)
        assert not supervisor.failure.done()
