"""Proves that servers can be replaced one by one: nobody is lost, nor what was acknowledged; old and new get on."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from hubbub.workers import STOP
from tests.support.clients import ARRIVAL, Client, Crowd, Stream
from tests.support.databases import Databases
from tests.support.links import DatabaseLink
from tests.support.parts import eventually
from tests.support.programs import listens
from tests.support.servers import Server, serving
from tests.support.sessions import session
from tests.support.witnesses import witness_in
from tests.support.workers import all_gone

COME_BACK = 1012
PEOPLE = 50
TABS = 4  # of each of them and per worker: so many that seeing them out takes two seconds
SILENT = 10  # tabs, of which one says something at the end
LOOK = 0.01  # seconds between two looks at a server that stops
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
# What a newer version may do to a database that this one serves: add, and take nothing away.
EXPANSION = (
    *(
        f"alter table {table} add column new text not null default 'new'"
        for table in ("room", "users", "messages", "nodes", "presences")
    ),
    "create table verdicts (message_id bigint references messages, user_id bigint references users)",
    "update alembic_version set version_num = '9999'",
)


@pytest.fixture(scope="module")
def address(databases: Databases) -> Iterator[str]:
    """The database of one room."""
    with databases.fresh() as found:
        yield found


@pytest.fixture(scope="module")
def stays(address: str) -> Iterator[Server]:
    """The server of that room that is not replaced."""
    with serving(address, message_rate="0", join_rate="0", streams_per_address="0") as running:
        yield running


@dataclass
class Tab:
    """Somebody's stream, and what they said in it last."""

    client: Client
    stream: Stream
    key: str = ""
    # With which code their server ended the stream.
    code: int | None = None

    async def live(self, elsewhere: Crowd, pause: "asyncio.Future[tuple[None, None]]") -> None:
        """Listen until the server stops, go elsewhere after a pause, and say again what did not arrive."""
        with suppress(ConnectionClosed):
            while True:
                await self.stream.frame()
        self.code = self.stream.socket.close_code
        await asyncio.wait([pause])
        acknowledged = {message["key"] for message in self.stream.messages.values()}
        again = await elsewhere.stream(after=self.stream.rev, headers=self.client.headers)
        if self.key and self.key not in acknowledged:
            await again.socket.send(f'{{"say": {{"key": "{self.key}", "body": "kept"}}}}')
            await again.until(lambda one: self.key in {message["key"] for message in one.messages.values()})


class KeptAlive:
    """A connection that a client, or a balancer, uses again and again."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=ARRIVAL)
        self._connection.connect()
        self._connection.auto_open = 0

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and content of the answer."""
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def see_it_out(self) -> None:
        """Ask a server that stops what it does; return once it has answered all of that."""
        with closing(self._connection):
            while (answer := self.get("/readyz"))[0] == 200:
                time.sleep(LOOK)
            assert (answer[0], '"ready":false' in answer[1]) == (503, True), answer
            while listens(self._connection.port):  # newcomers get no answer, not even a slow one
                time.sleep(LOOK)
            refused = self.get("/stream?view=lobby", **UPGRADE)
            assert (refused[0], "about to stop" in refused[1]) == (503, True), refused

    def count_out(self) -> None:
        """Return once some streams of a server that stops have ended, and others have not."""
        with closing(self._connection):
            before = now = self._streams()
            while now == before:
                time.sleep(LOOK)
                now = self._streams()
            assert 0 < now < before

    def _streams(self) -> float:
        lines = self.get("/metrics")[1].splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("hubbub_streams "))


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_deploy_is_noticed_by_nobody(address: str, stays: Server, workers: str) -> None:
    async with Crowd(stays.url) as there, witness_in(there) as witness:
        people = [await there.join(f"Person {number} of {workers}") for number in range(PEOPLE)]
        with serving(address, workers=workers, message_rate="0", streams_per_address="0") as leaves:
            async with Crowd(leaves.url) as here:
                tabs = [
                    Tab(client, await here.stream(after=0, headers=client.headers))
                    for _ in range(TABS * int(workers))
                    for client in people  # one tab of each returns before anybody's second, so all are in time
                ]
                names = [client.user["name"] for client in people]
                await witness.sees_all(*names, online=True)
                processes = psutil.Process(leaves.process.pid).children()
                for tab in tabs[::SILENT]:
                    tab.key = await tab.stream.say("kept")
                kept = [KeptAlive(leaves) for _ in range(2)]
                watching = asyncio.gather(asyncio.to_thread(kept[0].see_it_out), asyncio.to_thread(kept[1].count_out))
                leaves.process.terminate()
                await asyncio.gather(watching, *(tab.live(there, watching) for tab in tabs))
                assert await asyncio.to_thread(leaves.process.wait, ARRIVAL) == 0, leaves.logged
                await all_gone(processes)
        assert {tab.code for tab in tabs} == {COME_BACK}
        # Somebody may have been told by the list alone, when it was shown anew; nobody is ever told as gone.
        assert [name for name in names if False in witness.told_of(name)] == []
        log = Counter(message["key"] for message in await there.history())
        assert [log[tab.key] for tab in tabs[::SILENT]] == [1] * (len(tabs) // SILENT)


async def test_server_without_its_database_stops_in_time(address: str, stays: Server) -> None:
    async with Crowd(stays.url) as there:
        ana = await there.join("Ana")
    harms: list[Callable[[DatabaseLink], None]] = [DatabaseLink.cut, DatabaseLink.black_hole]
    await asyncio.gather(*(stop_after(harm, address, ana) for harm in harms))


async def stop_after(harm: Callable[[DatabaseLink], None], address: str, client: Client) -> None:
    async with AsyncExitStack() as stack:
        link = stack.enter_context(DatabaseLink(address))
        server = await asyncio.to_thread(stack.enter_context, serving(link.dsn))
        crowd = await stack.enter_async_context(Crowd(server.url))
        stream = await crowd.stream(headers=client.headers)
        await stream.frame()
        harm(link)
        await stream.say("waits for its database")
        begun = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert (await stream.ends())[0] == COME_BACK
        assert await stopping == 0, server.logged
        assert time.monotonic() - begun < STOP
        assert not [line for line in server.logged if "Traceback" in line], server.logged


async def test_old_server_goes_on_and_starts_on_a_database_that_a_newer_one_has_migrated(
    address: str, stays: Server
) -> None:
    async with session(address) as newer:
        for statement in EXPANSION:
            await newer.execute(statement)
    with serving(address) as restarted:
        async with Crowd(stays.url) as before, Crowd(restarted.url) as after:
            streams = [await (await before.join("Old")).stream(), await (await after.join("Restarted")).stream()]
            for stream in streams:
                await stream.say(f"said at {id(stream)}")
                for one in streams:
                    await one.sees(f"said at {id(stream)}")

            async def old_is_online() -> object:
                return (await after.get("/api/users", q="old"))["users"][0]["online"]

            await eventually(old_is_online)  # with the next tick of its presence
