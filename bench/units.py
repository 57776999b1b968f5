"""What each thing that a process does costs by itself: CPU of the process, CPU of PostgreSQL, and time on the way.

Run with `python -m bench.units`: ten seconds. The parts are Hubbub's own, called one after the other, with warm caches.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import psutil
import uvloop

from bench.meter import Postgres, cpu_of, keep
from hubbub.bus.postgres import CHANNEL, PostgresLine
from hubbub.room.changes import Changes
from hubbub.room.name import Name
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.store.log import PostgresLog
from hubbub.store.roster import PostgresRoster
from hubbub.web.frames import Delivery, Kind
from tests.support.databases import postgres

TIMES = 400
MANY = 100  # rows, people
LISTENERS = 50

Connection: TypeAlias = "asyncpg.Connection[Any]"


@dataclass(frozen=True)
class Unit:
    """What one thing costs: CPU seconds, and seconds by the clock when nobody is in the way (the fastest tenth)."""

    process: float
    postgres: float
    takes: float


async def measured(thing: Callable[[], Awaitable[object]], database: Postgres, times: int = TIMES) -> Unit:
    """Do a thing so often, and return what one of them costs."""
    own = psutil.Process()
    durations = []
    await thing()
    before = cpu_of(own), database.cpu
    for _ in range(times):
        begun = time.perf_counter()
        await thing()
        durations.append(time.perf_counter() - begun)
    process, server = (now - then for now, then in zip((cpu_of(own), database.cpu), before, strict=True))
    return Unit(process / times, server / times, statistics.quantiles(durations, n=10)[0])


async def units(url: str, database: Postgres) -> tuple[dict[str, Unit], dict[str, float]]:
    """Return the costs of all things, and the bytes of a message and of a user in a frame."""
    connections = Database(url)
    log, roster, node = PostgresLog(connections), PostgresRoster(connections), uuid4()
    await roster.renew(node, 3600)
    people = [(await roster.enter(Name.parse(f"person {number}"))).id for number in range(MANY)]
    numbers = count()

    async def say(size: int) -> None:
        await log.append([Draft(people[0], uuid4(), f"{next(numbers)} {'x' * 120}") for _ in range(size)])

    async def look(size: int) -> None:
        changes = await log.changes((await head()) - size, 500)
        if changes.size:
            Delivery(changes, changes.rev).frame(Kind.HTML_ROOM)

    async def head() -> int:
        return (await log.head()).rev

    async def renew() -> None:
        await roster.renew(node, 3600)
        await roster.sweep()

    async def come_and_go() -> None:
        await roster.attend(node, people, ())
        await roster.attend(node, (), people)

    things: dict[str, Callable[[], Awaitable[object]]] = {
        "say 1": partial(say, 1),
        "say 100": partial(say, MANY),
        "head": head,
        "head and look at 0": partial(look, 0),
        "head and look at 1": partial(look, 1),
        "head and look at 100": partial(look, MANY),
        "renew and sweep": renew,
        "100 come and go": come_and_go,
    }
    costs = {
        name: await measured(thing, database, TIMES // 4 if "100" in name else TIMES) for name, thing in things.items()
    }
    messages, users = await log.page(None, MANY), (await roster.people("", 0, MANY)).users
    sizes = {
        "message": size_of(Changes(0, tuple(messages), (), 0, 0)),
        "user": size_of(Changes(0, (), users, 0, 0)),
    }
    await connections.close()
    for listeners in (1, LISTENERS):
        costs[f"bell to {listeners}"] = await bell(url, database, listeners)
    return costs, sizes


def size_of(changes: Changes) -> float:
    """Return what a row adds to a frame for a browser, in bytes."""
    whole, nothing = (
        len(Kind.HTML_ROOM.encode(one, counted=False)) for one in (changes, replace(changes, messages=(), users=()))
    )
    return (whole - nothing) / changes.size


async def bell(url: str, database: Postgres, listeners: int) -> Unit:
    """Measure a ring that so many connections hear."""
    async with AsyncExitStack() as stack:
        connections = []
        heard = asyncio.Semaphore(0)
        for _ in range(listeners):
            connections.append(connection := await asyncpg.connect(url))
            stack.push_async_callback(connection.close)
            await connection.add_listener(CHANNEL, lambda *_: heard.release())

        async def ring() -> None:
            await PostgresLine(connections[0]).send("")
            for _ in range(listeners):
                await heard.acquire()

        return await measured(ring, database, TIMES // 2)


def main() -> None:
    """Measure and show all."""
    with tempfile.TemporaryDirectory(prefix="hubbub-") as directory, postgres(Path(directory)) as databases:
        database = Postgres(Path(directory) / "postgres")
        with databases.fresh() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            costs, sizes = runner.run(units(url, database))
    for name, unit in costs.items():
        print(
            f"{name:22} process {unit.process * 1e6:6.0f} µs, PostgreSQL {unit.postgres * 1e6:6.0f} µs,"
            f" takes {unit.takes * 1000:.2f} ms"
        )
    print(", ".join(f"a {kind} is {size:.0f} bytes" for kind, size in sizes.items()))
    kept = {"costs": {name: asdict(unit) for name, unit in costs.items()}, "sizes": sizes}
    print(f"kept in {keep('units', kept)}")


if __name__ == "__main__":
    main()
