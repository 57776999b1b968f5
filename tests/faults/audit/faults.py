"""What can go wrong in an audit: each fault does its harm, waits a moment, and puts it right again."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.faults.audit.stage import Stage, ThreeServers

# Given the stage that it is for, and the random numbers of the performance.
Fault = Callable[[Any, Random], Awaitable[None]]


async def server_killed(stage: Stage, random: Random) -> None:
    """Kill a server amid sends and start it again; workers have to end with their parent."""
    machine = stage.any_machine(random)
    await machine.kill()
    await asyncio.sleep(random.uniform(0, 2))
    await machine.start()


async def server_paused(stage: Stage, random: Random) -> None:
    """Let a server stand still, sometimes for longer than its lease."""
    machine = stage.any_machine(random)
    machine.pause()
    await asyncio.sleep(random.choice((1, 3, 12)))
    machine.resume()


async def server_deployed(stage: Stage, random: Random) -> None:
    """Stop a server in order and start it again."""
    machine = stage.any_machine(random)
    await machine.stop()
    await machine.start()


async def worker_killed(stage: Stage, random: Random) -> None:
    """Kill one of the processes that share a port; its parent starts another."""
    random.choice(stage.any_machine(random).workers).kill()
    await asyncio.sleep(random.uniform(0, 2))


async def worker_paused(stage: Stage, random: Random) -> None:
    """Let one of the processes that share a port stand still, sometimes for longer than its lease."""
    worker = random.choice(stage.any_machine(random).workers)
    worker.suspend()
    await asyncio.sleep(random.choice((1, 3, 12)))
    worker.resume()


async def worker_killed_amid_outage(stage: Stage, random: Random) -> None:
    """Kill one of the processes that share a port while PostgreSQL is away: the next cannot start for long."""
    await stage.stop_postgres()
    random.choice(stage.any_machine(random).workers).kill()
    await asyncio.sleep(random.uniform(5, 40))
    await stage.start_postgres()


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
    """End all connections to PostgreSQL, amid commits, a few times."""
    for _ in range(5):
        await stage.cut_database_connections()
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def bell_lost(stage: Stage, random: Random) -> None:
    """End the connections that listen and ring, a few times: bells are lost."""
    for _ in range(5):
        await stage.cut_bus_connections()
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def database_cut_off(stage: Stage, random: Random) -> None:
    """Cut the way from one server to PostgreSQL; the others reach it."""
    link = stage.any_machine(random).database
    link.cut()
    await asyncio.sleep(random.uniform(0.5, 5))
    link.heal()


async def database_black_holed(stage: Stage, random: Random) -> None:
    """Let nothing pass between one server and PostgreSQL for longer than its lease, then deliver what was held."""
    link = stage.any_machine(random).database
    link.black_hole()
    await asyncio.sleep(12)
    link.heal()


async def bus_cut_off(stage: Stage, random: Random) -> None:
    """Cut every way from one server to the bus; it reaches the database."""
    machine = stage.any_machine(random)
    for link in machine.bus:
        link.cut()
    await asyncio.sleep(random.uniform(0.5, 5))
    for link in machine.bus:
        link.heal()


async def bus_black_holed(stage: Stage, random: Random) -> None:
    """Let nothing pass between one server and the bus, sometimes until it notices."""
    machine = stage.any_machine(random)
    for link in machine.bus:
        link.black_hole()
    await asyncio.sleep(random.choice((2, 6, 16)))
    for link in machine.bus:
        link.heal()


async def node_killed(stage: ThreeServers, random: Random) -> None:
    """Kill one node of the bus and start it again."""
    number = random.randrange(len(stage.cluster.ports))
    stage.cluster.kill(number)
    await asyncio.sleep(random.uniform(0, 3))
    await asyncio.to_thread(stage.cluster.start, number)


async def cluster_killed(stage: ThreeServers, random: Random) -> None:
    """Kill every node of the bus and start them again."""
    stage.cluster.kill_all()
    await asyncio.sleep(random.uniform(0.5, 5))
    await asyncio.to_thread(stage.cluster.start_all)


async def balancer_killed(stage: ThreeServers, random: Random) -> None:
    """Kill the balancer, and with it every connection, and start it again."""
    stage.balancer.kill()
    await asyncio.sleep(random.uniform(0, 2))
    await asyncio.to_thread(stage.balancer.start)


async def rolling_restart(stage: ThreeServers, _: Random) -> None:
    """Stop one server after the other in order, and start each again before the next."""
    for machine in stage.machines:
        await machine.stop()
        await machine.start()


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


# Where there is more than one server, nobody whose client returns by itself may be shown as gone during these.
UNNOTICED: tuple[Fault, ...] = (server_killed, server_deployed, rolling_restart)
