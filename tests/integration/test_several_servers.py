"""Proves that several servers are one room: who is on any of them is online once, whatever becomes of that server."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from typing import Self

import pytest

from tests.support.clients import Client, Crowd, Stream
from tests.support.databases import Databases
from tests.support.servers import Server, serving
from tests.support.witnesses import Witness, witness_in

SWEPT = 15.0  # seconds within which the users of a server that is gone are offline
OFFLINE = 5.0  # seconds within which a user is offline after their last stream


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[tuple[Server, Server, Server]]:
    """Three servers of one room."""
    with databases.fresh() as address, ExitStack() as stack, ThreadPoolExecutor() as threads:
        starts = [threads.submit(stack.enter_context, serving(address)) for _ in range(3)]
        first, second, third = (start.result() for start in starts)
        yield first, second, third


class Scene(AsyncExitStack):
    """People on several servers of one room, and a witness on the first of them."""

    def __init__(self, *servers: Server) -> None:
        super().__init__()
        self._servers = servers

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.crowds = [await self.enter_async_context(Crowd(server.url)) for server in self._servers]
        self.witness: Witness = await self.enter_async_context(witness_in(self.crowds[0]))
        return self

    async def join(self, name: str) -> Client:
        """Join; the session is good on every server."""
        return await self.crowds[0].join(name)

    async def stream(self, client: Client, server: int) -> Stream:
        """Open a stream of somebody on a server, by its number."""
        return await self.crowds[server].stream(after=0, headers=client.headers)


async def test_tabs_on_two_servers_are_one_presence(servers: tuple[Server, Server, Server]) -> None:
    async with Scene(*servers) as scene:
        witness, ana, ben = scene.witness, await scene.join("Ana"), await scene.join("Ben")
        before = witness.stream.online
        tabs = [await scene.stream(ana, number) for number in (0, 1)]
        other = await scene.stream(ben, 0)
        await witness.sees_all("Ana", "Ben", online=True)
        assert witness.stream.online == before + 2
        await tabs[0].close()
        await other.close()  # later, so once this has been seen the first would have been, too
        await witness.sees_all("Ben", online=False)
        assert witness.told_of("Ana") == [True]
        assert witness.stream.online == before + 1
        begun = time.monotonic()
        await tabs[1].close()
        await witness.sees_all("Ana", online=False)
        assert time.monotonic() - begun < OFFLINE
        assert witness.stream.online == before


async def test_leaving_ends_the_tabs_on_every_server_without_grace(servers: tuple[Server, Server, Server]) -> None:
    async with Scene(*servers) as scene:
        eve = await scene.join("Eve")
        tabs = [await scene.stream(eve, number) for number in range(3)]
        await scene.witness.sees_all("Eve", online=True)
        begun = time.monotonic()
        await scene.crowds[0].http.post("/leave", headers=eve.headers)
        assert [await tab.ends() for tab in tabs] == [(4401, "You have left.")] * 3
        await scene.witness.sees_all("Eve", online=False)
        assert time.monotonic() - begun < 2  # the grace of a reload, which does not apply


async def test_presence_is_right_after_one_server_is_killed_and_another_stood_still(
    servers: tuple[Server, Server, Server],
) -> None:
    async with Scene(*servers) as scene:
        await asyncio.gather(one_is_killed(scene, servers[1]), one_stands_still(scene, servers[2]))
        assert scene.witness.stream.online == 2  # who returned, and who waited


async def one_is_killed(scene: Scene, server: Server) -> None:
    """Who returns elsewhere never flickers; the others are offline in time."""
    witness, returns, stays_away = scene.witness, await scene.join("Returns"), await scene.join("Stays away")
    for client in (returns, stays_away):
        await scene.stream(client, 1)
    await witness.sees_all("Returns", "Stays away", online=True)
    server.process.kill()
    await scene.stream(returns, 0)
    await witness.sees_all("Stays away", online=False, patience=SWEPT)
    assert witness.told_of("Returns") == [True]


async def one_stands_still(scene: Scene, server: Server) -> None:
    """It loses its lease; once it goes on, it tells of those who are still there, and of nobody else."""
    witness, waits, leaves = scene.witness, await scene.join("Waits"), await scene.join("Leaves")
    waiting, leaving = [await scene.stream(client, 2) for client in (waits, leaves)]
    await witness.sees_all("Waits", "Leaves", online=True)
    server.process.send_signal(signal.SIGSTOP)
    try:
        leaving.socket.transport.abort()
        await witness.sees_all("Waits", "Leaves", online=False, patience=SWEPT)
    finally:
        server.process.send_signal(signal.SIGCONT)
    await witness.sees_all("Waits", online=True)
    # Somebody who is there for a moment: once they are gone, any ghost would be, too.
    last = await scene.join("Comes last")
    await (await scene.stream(last, 2)).close()
    await witness.sees(lambda one: one.told_of("Comes last") == [True, False])
    await witness.sees_all("Leaves", online=False)
    assert witness.told_of("Waits") == [True, False, True]
    await waiting.say("still here")
    await waiting.sees("still here")
