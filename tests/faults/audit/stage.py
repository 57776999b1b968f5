"""What an audit breaks: servers, their PostgreSQL, their bus and balancer, and the links between them."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Self, TypeAlias

import asyncpg
import psutil

from hubbub.store.embedded import PrivatePostgres
from tests.support.balancers import Balancer
from tests.support.links import DatabaseLink, FaultyLink
from tests.support.nats import Cluster
from tests.support.programs import free_port
from tests.support.servers import Server

RETURN = 20.0  # seconds that PostgreSQL may take to start again
ORPHANS = 15.0  # seconds in which workers must have ended whose parent was killed
SWEPT = 20.0  # seconds in which the leases of servers that ended must be gone
# The audit is about faults, not about limits.
UNLIMITED = {"HUBBUB_MESSAGE_RATE": "0", "HUBBUB_JOIN_RATE": "0"}
# Writes down each time that somebody is shown as gone, which the room forgets when they are back.
DEPARTURES = (
    "create table departures (name text not null, at double precision not null)",
    """
    create function write_departure() returns trigger language plpgsql as $$
    begin
        insert into departures values (new.name, extract(epoch from clock_timestamp()));
        return null;
    end $$
    """,
    """
    create trigger departed after update of online on users
        for each row when (old.online and not new.online) execute function write_departure()
    """,
)
CUT = """
select count(pg_terminate_backend(pid)) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
# The bus has a connection of its own: it listens, it rings, and it asks for nothing to see whether it lives.
OF_THE_BUS = "and (query ilike 'listen%' or query like '%pg_notify%' or query in ('', 'select 1'))"

# A string, because asyncpg's rows are generic for type checkers only.
Row: TypeAlias = "asyncpg.Record"


class Machine:
    """An async context: inside it a server runs, on a port that it keeps, with links of its own to what it needs."""

    def __init__(self, dsn: str, nodes: Sequence[int], **settings: str) -> None:
        """Take the database, the ports of the bus (without any, the database is the bus) and more environment."""
        self.port = free_port()
        self.database = DatabaseLink(dsn)
        self.bus = [FaultyLink(port) for port in nodes]
        # The environment of the next start.
        self.settings = {"HUBBUB_PORT": str(self.port), **UNLIMITED, **settings}
        # All servers that ran here, the present one last.
        self._servers: list[Server] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as parts:
            for link in (self.database, *self.bus):
                parts.enter_context(link)
            parts.push_async_callback(self.kill)
            await self.start()
            self._parts = parts.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    @property
    def url(self) -> str:
        """Its own address, past balancer and link."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def server(self) -> Server:
        """The one that runs, or ran last."""
        return self._servers[-1]

    @property
    def log(self) -> list[str]:
        """What its servers logged; the last words of one that was killed may be torn, and are left out."""
        return [line for server in self._servers for line in server.logged if line.endswith("\n")]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that the server has started."""
        return psutil.Process(self.server.process.pid).children()

    async def start(self) -> None:
        """Start the server."""
        reached = {"HUBBUB_DATABASE_URL": self.database.dsn}
        if self.bus:
            reached["HUBBUB_BUS_URL"] = f"nats://{','.join(f'127.0.0.1:{link.port}' for link in self.bus)}"
        self._servers.append(Server({**self.settings, **reached}))
        await asyncio.to_thread(self.server.wait_until_ready)

    async def kill(self) -> None:
        """Kill the server, without a chance to finish anything; workers have to notice by themselves."""
        if self.server.process.poll() is None:
            workers = self.workers
            self.server.process.kill()
            _, left = await asyncio.to_thread(psutil.wait_procs, workers, ORPHANS)
            assert not left, f"workers outlive their parent: {left}"
        await asyncio.to_thread(self.server.stop)

    async def stop(self) -> None:
        """Stop the server in order, as a deploy does."""
        status = await asyncio.to_thread(self.server.stop)
        assert status == 0, f"ended with {status}: {self.server.logged}"

    def pause(self) -> None:
        """Let the server stand still."""
        self.server.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, as if no time had passed."""
        self.server.process.send_signal(signal.SIGCONT)


class Stage:
    """An async context: inside it one server runs on a PostgreSQL, and `link.url` leads people to it."""

    name = "one process"

    def __init__(self, directory: Path, **settings: str) -> None:
        """Take a directory for everything, and more of the environment of the servers."""
        self._directory = directory
        self._settings = settings
        self._postgres = PrivatePostgres(directory / "postgres")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as parts:
            parts.callback(self._postgres.stop)
            self._postgres.start()
            self.dsn = self._postgres.dsn
            door = await self._build(parts)
            self.link = parts.enter_context(FaultyLink(door))
            for statement in DEPARTURES:
                await self.query(statement)
            self._parts = parts.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def _build(self, parts: AsyncExitStack) -> int:
        """Start all that stands on the database, and return the port at which people come in."""
        machine = await parts.enter_async_context(Machine(self.dsn, (), **self._settings))
        self.machines = [machine]
        return machine.port

    def any_machine(self, random: Random) -> Machine:
        """Return the one that something happens to."""
        return random.choice(self.machines)

    async def kill_postgres(self) -> None:
        """Kill PostgreSQL, as a crash or a lost machine does."""
        process = psutil.Process(int((self._directory / "postgres/postmaster.pid").read_text().split()[0]))
        children = process.children()
        process.kill()
        for one in [*children, process]:
            await asyncio.to_thread(one.wait, RETURN)

    async def stop_postgres(self) -> None:
        """Shut PostgreSQL down in order."""
        await asyncio.to_thread(self._postgres.stop)

    async def start_postgres(self) -> None:
        """Start PostgreSQL again; it recovers what was committed."""
        await asyncio.to_thread(self._postgres.start)

    async def cut_database_connections(self) -> None:
        """End all connections to PostgreSQL."""
        await self.query(CUT)

    async def cut_bus_connections(self) -> None:
        """End the connections of the bus on PostgreSQL, as soon as there are any."""
        async with asyncio.timeout(RETURN):
            while (await self.query(CUT + OF_THE_BUS))[0]["count"] == 0:  # noqa: ASYNC110 as nobody tells
                await asyncio.sleep(0.02)

    async def swept(self) -> None:
        """Return when only those servers have a lease that run."""
        running = sum(len(machine.workers) or 1 for machine in self.machines)
        async with asyncio.timeout(SWEPT):
            while len(await self.query("select id from nodes")) != running:  # noqa: ASYNC110 as nobody tells
                await asyncio.sleep(0.1)

    async def query(self, question: str) -> list[Row]:
        """Ask the database itself, past every link."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(question)
        finally:
            await connection.close()


class ThreeWorkers(Stage):
    """One server whose three processes share a port."""

    name = "three workers"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, HUBBUB_WORKERS="3")


class ThreeServers(Stage):
    """Three servers, each on a machine of its own, on a NATS cluster of three nodes and behind haproxy."""

    name = "three servers"

    async def _build(self, parts: AsyncExitStack) -> int:
        self.cluster = parts.enter_context(Cluster(self._directory))
        self.machines = [Machine(self.dsn, self.cluster.ports, **self._settings) for _ in range(3)]
        await asyncio.gather(*(parts.enter_async_context(machine) for machine in self.machines))
        self.balancer = Balancer(self._directory, [machine.port for machine in self.machines])
        parts.callback(self.balancer.kill)
        self.balancer.start()
        return self.balancer.port
