"""A thousand streams whose server was killed come back at once, each with its cursor, for a handful of queries.

PostgreSQL itself writes down every statement it runs: nothing is counted by whoever is being tested.
"""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.wire import Wire
from tests.support.clients import ARRIVAL, Crowd, Json
from tests.support.databases import postgres
from tests.support.files import many_files
from tests.support.floods import flood
from tests.support.servers import Server
from tests.support.sessions import session
from tests.support.wires import handshake

TABS, PEOPLE = 1_000, 100
AWAY = 300  # of the tabs have been away for longer, …
MISSED = 300  # … while so many messages were said; …
SAID = 100  # … and so many are said while the server is away, by another one
HANDFUL = 60  # statements of all kinds, those that are made without anybody coming back among them


class Tab:
    """One who follows the room with as little work as possible."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.rev = 0
        self.messages: dict[int, str] = {}
        self._moved = asyncio.Event()

    async def open(self, port: int) -> None:
        """Open the stream after what is known."""
        request = handshake(port, f"/stream?after={self.rev}", f"Authorization: Bearer {self._token}")
        make = asyncio.get_running_loop().create_connection
        _, self._wire = await make(lambda: Wire(request), "127.0.0.1", port)
        self._wire.arrived = self._take
        await self._wire.opened

    def close(self) -> None:
        """Be gone."""
        self._wire.close()

    async def knows(self, body: str) -> None:
        """Return once a message is known."""
        async with asyncio.timeout(4 * ARRIVAL):
            while body not in self.messages.values():
                self._moved.clear()
                await self._moved.wait()

    def _take(self, data: bytes) -> None:
        frame: Json = json.loads(data)
        assert "reset" not in frame
        self.rev = max(self.rev, frame["rev"])
        self.messages.update((message["id"], message["body"]) for message in frame["messages"])
        if frame["messages"]:
            self._moved.set()


class Log:
    """What PostgreSQL wrote down."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def statements(self) -> Counter[str]:
        """Return the statements since the last look, by their beginnings."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read().decode(errors="replace").splitlines()
            self._read = file.tell()
        said = [
            line.partition(": ")[2].strip() for line in lines if "LOG:  statement" in line or "LOG:  execute" in line
        ]
        return Counter(" ".join(one.partition(": ")[2].split()[:4]) for one in said)


@pytest.fixture
def recorded() -> Iterator[tuple[str, Log]]:
    """An empty room in a PostgreSQL of its own that writes down every statement, and what it writes."""
    with (
        TemporaryDirectory(prefix="hubbub-") as directory,
        postgres(Path(directory)) as databases,
        databases.fresh() as address,
    ):
        asyncio.run(record(address))
        yield address, Log(Path(directory) / "postgres/log")


async def record(database_url: str) -> None:
    async with session(database_url) as connection:
        name = await connection.fetchval("select current_database()")
        await connection.execute(f"alter database {name} set log_statement = 'all'")


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    with many_files():
        yield


async def start(database_url: str, port: int = 0) -> Server:
    environment = {"HUBBUB_DATABASE_URL": database_url, "HUBBUB_PORT": str(port)}
    server = Server({**environment, "HUBBUB_MESSAGE_RATE": "0", "HUBBUB_JOIN_RATE": "0"})
    await asyncio.to_thread(server.wait_until_ready)
    return server


async def test_a_thousand_who_return_at_once_cost_a_handful_of_queries(recorded: tuple[str, Log]) -> None:
    database_url, log = recorded
    server = await start(database_url)
    port = server.port
    try:
        async with Crowd(server.url) as crowd:
            people = [await crowd.join(f"Person {number}") for number in range(PEOPLE)]
        tabs = [Tab(people[number % PEOPLE].token) for number in range(TABS)]
        teller = people[0].user["id"]
        last = await flood(database_url, teller, "first", SAID)
        await asyncio.gather(*(tab.open(port) for tab in tabs))
        await asyncio.gather(*(tab.knows(last) for tab in tabs))
        for tab in tabs[:AWAY]:
            tab.close()
        last = await flood(database_url, teller, "missed", MISSED)
        await asyncio.gather(*(tab.knows(last) for tab in tabs[AWAY:]))
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        assert "room.rev" in str(log.statements())  # else nothing was written down, and proves nothing
        last = await flood(database_url, teller, "meanwhile", SAID)
        server = await start(database_url, port)
        log.statements()
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(tab.open(port) for tab in tabs))
        await asyncio.gather(*(tab.knows(last) for tab in tabs))
        took = asyncio.get_running_loop().time() - began
        made = log.statements()
        for tab in tabs:
            tab.close()
        async with session(database_url) as connection:
            room = {row["id"]: row["body"] for row in await connection.fetch("select id, body from messages")}
    finally:
        await asyncio.to_thread(server.stop)
    assert [tab.messages for tab in tabs if tab.messages != room] == []
    print(f"{TABS} streams caught up in {took:.1f} s for {made.total()} statements: {dict(made)}")  # noqa: T201
    assert made.total() < HANDFUL
