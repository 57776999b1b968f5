"""What an audit breaks: a server in a process of its own, its PostgreSQL, and the link to the clients."""

import asyncio
import signal
import socket
from pathlib import Path
from typing import Self

import asyncpg
import psutil

from hubbub.store.embedded import PrivatePostgres
from tests.support.links import FaultyLink
from tests.support.servers import Server

RETURN = 20.0  # seconds that PostgreSQL may take to start again


class Stage:
    """An async context: inside it a server runs on a PostgreSQL, and `link.url` leads to it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = _free_port()

    async def __aenter__(self) -> Self:
        self._postgres = PrivatePostgres(self._directory / "postgres")
        self._postgres.start()
        self.dsn = self._postgres.dsn
        self.link = FaultyLink(self._port).__enter__()
        await self.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.stop()
        self.link.__exit__(None, None, None)
        self._postgres.stop()

    async def start_server(self) -> None:
        """Start the server; it keeps its port for ever."""
        unlimited = {"HUBBUB_MESSAGE_RATE": "0", "HUBBUB_JOIN_RATE": "0"}
        self.server = Server({"HUBBUB_DATABASE_URL": self.dsn, "HUBBUB_PORT": str(self._port), **unlimited})
        await asyncio.to_thread(self.server.wait_until_ready)

    async def kill_server(self) -> None:
        """Kill the server, without a chance to finish anything."""
        await asyncio.to_thread(self.server.stop, signal.SIGKILL)

    def pause_server(self) -> None:
        """Let the server stand still."""
        self.server.process.send_signal(signal.SIGSTOP)

    def resume_server(self) -> None:
        """Let it go on, as if no time had passed."""
        self.server.process.send_signal(signal.SIGCONT)

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

    async def cut_database_connections(self, *, listening: bool = False) -> None:
        """End the server's connections to PostgreSQL: all of them, or only the one that listens."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where backend_type = 'client backend' and pid <> pg_backend_pid() "
                "and (not $1 or query like 'LISTEN%' or query like 'NOTIFY%')",
                listening,
            )
        finally:
            await connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
