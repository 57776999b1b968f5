"""What can go wrong in an audit: each fault does its harm, waits a moment, and puts it right again."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.audit.stage import Stage

Fault = Callable[[Stage, Random], Awaitable[None]]


async def server_killed(stage: Stage, random: Random) -> None:
    """Kill the server amid sends and start it again."""
    await stage.kill_server()
    await asyncio.sleep(random.uniform(0, 2))
    await stage.start_server()


async def server_paused(stage: Stage, random: Random) -> None:
    """Let the server stand still, sometimes for longer than its lease."""
    stage.pause_server()
    await asyncio.sleep(random.choice((1, 3, 12)))
    stage.resume_server()


async def postgres_killed(stage: Stage, random: Random) -> None:
    """Kill PostgreSQL amid commits and start it again."""
    await stage.kill_postgres()
    await asyncio.sleep(random.uniform(0, 2))
    await stage.start_postgres()


async def postgres_away(stage: Stage, random: Random) -> None:
    """Shut PostgreSQL down in order and start it again."""
    await stage.stop_postgres()
    await asyncio.sleep(random.uniform(2, 8))
    await stage.start_postgres()


async def postgres_away_for_a_minute(stage: Stage, _: Random) -> None:
    """Shut PostgreSQL down for longer than any lease, timeout and patience."""
    await stage.stop_postgres()
    await asyncio.sleep(60)
    await stage.start_postgres()


async def connections_cut(stage: Stage, random: Random) -> None:
    """End all of the server's database connections, amid commits, a few times."""
    for _ in range(5):
        await stage.cut_database_connections()
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def bell_lost(stage: Stage, random: Random) -> None:
    """End the connection that listens and rings, a few times: bells are lost."""
    for _ in range(5):
        await stage.cut_database_connections(listening=True)
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def link_dropped(stage: Stage, random: Random) -> None:
    """End every client's connection, a few times."""
    for _ in range(3):
        stage.link.drop()
        await asyncio.sleep(random.uniform(0.1, 1))


async def link_torn(stage: Stage, random: Random) -> None:
    """End every connection amid a frame, for a while."""
    stage.link.tear()
    await asyncio.sleep(random.uniform(0.5, 2))
    stage.link.heal()


async def link_cut(stage: Stage, random: Random) -> None:
    """Let nobody through for a while."""
    stage.link.cut()
    await asyncio.sleep(random.uniform(0.5, 5))
    stage.link.heal()


async def link_black_holed(stage: Stage, random: Random) -> None:
    """Let nothing pass and nobody know, then deliver what was held."""
    stage.link.black_hole()
    await asyncio.sleep(random.uniform(0.5, 6))
    stage.link.heal()


async def link_slow(stage: Stage, random: Random) -> None:
    """Delay every chunk for a while."""
    stage.link.delay = random.uniform(0.05, 0.5)
    await asyncio.sleep(3)
    stage.link.delay = 0.0


async def gateway_broken(stage: Stage, random: Random) -> None:
    """Answer 502 for a while, as a proxy does whose server is away."""
    stage.link.break_gateway()
    await asyncio.sleep(random.uniform(0.5, 3))
    stage.link.heal()


FAULTS: tuple[Fault, ...] = (
    server_killed,
    server_paused,
    postgres_killed,
    postgres_away,
    connections_cut,
    bell_lost,
    link_dropped,
    link_torn,
    link_cut,
    link_black_holed,
    link_slow,
    gateway_broken,
)
# What takes too long for the quick form.
LONG_FAULTS: tuple[Fault, ...] = (*FAULTS, postgres_away_for_a_minute)
