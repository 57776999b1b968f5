"""Figures of one, two and four processes on one PostgreSQL: what a message costs each part, and how soon it is there.

Run with `python -m bench.processes`: three minutes, more on a busy machine. Its cores are shared by all that takes
part, so what counts are CPU seconds per unit and ratios within one run; how much more two processes can do than one is
nothing that two cores can show.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import httpx
import psutil
import uvloop

from bench.crowd import Crowd
from bench.meter import Cost, Meter, Postgres, keep, load
from bench.wire import open_wire
from tests.support.databases import postgres
from tests.support.servers import Server, serving

ROUNDS = (1, 2, 4, 8, 1, 2, 4)  # processes, in turn: whatever else the machine does meets all alike
ONLY_IDLE = 8
FEW, MANY = 20, 600  # streams
ARRIVALS = 100  # people who come one after the other, each with a stream
SPEAKERS = 32  # who say the next message as soon as they see the last
RATE, FLOOD = 40, 400  # messages per second
MEASURED, COUNTED = 2.0, 1.0  # seconds of each phase: for costs, and with PostgreSQL's log of statements
SETTLE = 0.5  # seconds for what was begun to come to its end
LOG_IDLE = 1.5  # seconds more in which an idle server's statements are counted

Play: TypeAlias = Callable[[float], Awaitable[object]]
Connection: TypeAlias = "asyncpg.Connection[Any]"


@dataclass(frozen=True)
class Phase:
    """What was measured in one phase of one run."""

    workers: int
    name: str
    streams: int
    # How the streams are spread over the processes.
    spread: list[int]
    cost: Cost
    # Messages said, messages that arrived and frames that they came in, counted per stream, and all bytes.
    messages: int
    deliveries: int
    writes: int
    bytes: int
    # Seconds from a send until the last stream had it: median and 99th percentile.
    latencies: tuple[float, float] | None
    # Statements by kind, in so many seconds with so many messages.
    statements: dict[str, int]
    counted_seconds: float
    counted_messages: int
    load: float


class Run:
    """One server, measured from its first idle second to as much as it can do."""

    def __init__(self, workers: int, server: Server, database: Postgres, connection: Connection) -> None:
        self._workers = workers
        self._server = server
        self._database = database
        self._connection = connection
        self._meter = Meter(psutil.Process(server.process.pid), database)
        self._tokens: list[str] = []
        self._crowd = Crowd()

    async def phases(self) -> list[Phase]:
        """Measure one phase after the other."""
        await asyncio.sleep(SETTLE)
        done = [await self._phase("idle", asyncio.sleep)]
        if self._workers == ONLY_IDLE:
            return done
        await self._come(FEW)
        done.append(await self._phase("calm", lambda seconds: self._crowd.say_at(RATE, seconds)))
        done.append(await self._phase("flood", lambda seconds: self._crowd.say_at(FLOOD, seconds)))
        done.append(await self._phase("arrivals", lambda _: self._come(ARRIVALS)))
        await self._fill(MANY)
        done.append(await self._phase("crowd", lambda seconds: self._crowd.say_at(RATE, seconds)))
        done.append(await self._phase("full", lambda seconds: self._crowd.say_in_turn(SPEAKERS, seconds)))
        self._crowd.close()
        return done

    async def _phase(self, name: str, play: Play) -> Phase:
        """Play the same twice: for what it costs, and for what PostgreSQL is asked."""
        self._crowd.begin()
        self._meter.read()
        await play(MEASURED)
        await asyncio.sleep(SETTLE)
        cost, crowd = self._meter.read(), self._crowd
        measured = {"messages": crowd.messages, "deliveries": crowd.deliveries, "writes": crowd.writes}
        latencies = crowd.latencies() if crowd.messages else None
        size = crowd.bytes
        await self._database.log_statements(self._connection, on=True)
        crowd.begin()
        begun = time.perf_counter()
        with self._database.counting() as statements:
            await play(COUNTED)
            await asyncio.sleep(SETTLE if crowd.wires else LOG_IDLE)
        counted_seconds = time.perf_counter() - begun
        await self._database.log_statements(self._connection, on=False)
        phase = Phase(
            **measured,
            workers=self._workers,
            name=name,
            streams=len(crowd.wires),
            spread=self._spread(),
            cost=cost,
            bytes=size,
            latencies=latencies,
            statements=dict(statements),
            counted_seconds=counted_seconds,
            counted_messages=crowd.messages,
            load=load(),
        )
        print(describe(phase), flush=True)
        return phase

    async def _come(self, people: int) -> None:
        """Let people join, each with a stream."""
        async with httpx.AsyncClient(base_url=self._server.url) as http:
            for _ in range(people):
                answer = await http.post("/api/join", json={"name": f"person {len(self._tokens)}"})
                self._tokens.append(answer.json()["token"])
                await self._open(self._tokens[-1])

    async def _fill(self, streams: int) -> None:
        """Open more streams of those who are here."""
        for number in range(streams - len(self._crowd.wires)):
            await self._open(self._tokens[number % len(self._tokens)])

    async def _open(self, token: str) -> None:
        self._crowd.add(await open_wire(self._server.port, token, "html"))

    def _spread(self) -> list[int]:
        serving = self._meter.processes[1:] or self._meter.processes
        return [sum(_is_stream(one, self._server.port) for one in process.net_connections()) for process in serving]


def _is_stream(connection: Any, port: int) -> bool:  # noqa: ANN401 as psutil's type has no public name
    return bool(connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port)


def describe(phase: Phase) -> str:
    """Return a phase as one line."""
    cost = phase.cost
    asked = sum(phase.statements.values()) / phase.counted_seconds
    looks = phase.statements.get("looks", 0) / phase.counted_seconds
    line = (
        f"{phase.workers} processes, {phase.name:8} {phase.streams:3} streams:"
        f" CPU server {cost.server / cost.seconds:4.0%}, PostgreSQL {cost.postgres / cost.seconds:4.0%},"
        f" client {cost.client / cost.seconds:4.0%}; {looks:6.1f} looks/s, {asked:6.1f} statements/s"
    )
    if not phase.messages or not phase.latencies:
        return f"{line}; load {phase.load}"
    p50, p99 = phase.latencies
    return (
        f"{line}; {phase.messages / MEASURED:5.0f} messages/s, {phase.deliveries / MEASURED:7,.0f} deliveries/s"
        f" at {cost.server / phase.deliveries * 1e6:5.1f} µs, {phase.deliveries / phase.writes:4.1f} per frame,"
        f" {phase.statements.get('bells', 0) / max(1, phase.counted_messages):.2f} bells each;"
        f" p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms; waits {cost.waited / cost.turns * 1000:.1f} ms for a core"
    )


async def measure(workers: int, server: Server, database: Postgres, url: str) -> list[Phase]:
    """Return all phases of one run."""
    connection = await asyncpg.connect(url)
    try:
        return await Run(workers, server, database, connection).phases()
    finally:
        await connection.close()


def main() -> None:
    """Measure every number of processes on a server and a database of their own."""
    phases: list[Phase] = []
    with tempfile.TemporaryDirectory(prefix="hubbub-") as directory, postgres(Path(directory)) as databases:
        database = Postgres(Path(directory) / "postgres")
        for workers in ROUNDS:
            with (
                databases.fresh() as url,
                serving(url, workers=str(workers), message_rate="0", join_rate="0", streams_per_address="0") as server,
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ):
                phases += runner.run(measure(workers, server, database, url))
    print(f"kept in {keep('processes', [asdict(phase) for phase in phases])}")


if __name__ == "__main__":
    main()
