"""Proves that typing is told to the room on every server, ends by itself, and is bounded whatever people send."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack

import pytest

from tests.support.clients import Crowd, Json
from tests.support.databases import Databases
from tests.support.servers import Server, serving


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[tuple[Server, Server]]:
    """Two servers of one room."""
    with databases.fresh() as address, ExitStack() as stack, ThreadPoolExecutor() as threads:
        starts = [threads.submit(stack.enter_context, serving(address, join_rate="0")) for _ in range(2)]
        first, second = (start.result() for start in starts)
        yield first, second


async def test_typing_crosses_the_bus_and_ends_with_the_message(servers: tuple[Server, Server]) -> None:
    async with Crowd(servers[0].url) as here, Crowd(servers[1].url) as there:
        ana, ben = await here.join("Ana"), await here.join("Ben")
        writes = await ana.stream()
        reads = await there.stream(headers=ben.headers)
        await reads.until(lambda stream: stream.rev)
        rev = reads.rev
        await writes.types()
        frame = await reads.frame()
        while "typing" not in frame:
            frame = await reads.frame()
        assert frame == {"typing": [{"id": ana.user["id"], "name": "Ana"}], "more": False}
        assert reads.rev >= rev
        late = await there.stream(headers=ben.headers)
        await late.until(lambda stream: stream.typing == ["Ana"])
        await writes.say("That was it")
        await reads.sees("That was it")
        await reads.until(lambda stream: not stream.typing)


async def test_who_leaves_types_no_more(servers: tuple[Server, Server]) -> None:
    async with Crowd(servers[0].url) as here, Crowd(servers[1].url) as there:
        yan, zoe = await here.join("Yan"), await here.join("Zoe")
        reads = await there.stream(headers=(await there.join("Rob")).headers)
        # Yan began first and would be the first whose time is over.
        await (await yan.stream()).types()
        await reads.until(lambda stream: stream.typing == ["Yan"])
        await (await zoe.stream()).types()
        await reads.until(lambda stream: stream.typing == ["Yan", "Zoe"])
        await here.http.post("/leave", headers=zoe.headers)
        while reads.typing == ["Yan", "Zoe"]:
            await reads.frame()
        assert reads.typing == ["Yan"]


async def test_typing_ends_when_nothing_more_is_typed_and_the_lobby_is_told_nothing(
    servers: tuple[Server, Server],
) -> None:
    async with Crowd(servers[0].url) as here:
        # Others than before: what one user says within two seconds counts once.
        ada, bea = await here.join("Ada"), await here.join("Bea")
        writes, reads, lobby = await ada.stream(), await bea.stream(), await here.stream(view="lobby")
        await writes.types()
        await reads.until(lambda stream: stream.typing == ["Ada"])
        await reads.until(lambda stream: stream.typing == [])
        # Somebody comes, and the lobby is told of that; whatever it had been told before has come then.
        last = await here.join("Last")
        await last.stream()
        frames = [await lobby.frame()]
        while not lobby.shows("Last", online=True):
            frames.append(await lobby.frame())
        assert not [frame for frame in frames if "typing" in frame]


async def test_a_flood_of_typists_is_a_frame_a_second(servers: tuple[Server, Server]) -> None:
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(Crowd(server.url)) for server in servers]
        typists = [await here.join(f"Typist {number}") for number in range(8)]
        streams = [await typist.stream() for typist in typists]
        reads = await there.stream(headers=(await here.join("Reader")).headers)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(stream.types() for stream in streams for _ in range(200)))
        begun = loop.time()
        told: list[Json] = []
        while not told or told[-1]["typing"]:
            frame = await reads.frame()
            told += [frame] if "typing" in frame else []
        assert len(told) <= 2 + (loop.time() - begun)
        assert max(len(frame["typing"]) for frame in told) == 4
        assert any(frame["more"] for frame in told)


async def test_a_page_is_told_in_markup_who_types(servers: tuple[Server, Server]) -> None:
    async with Crowd(servers[0].url) as crowd:
        ana = await crowd.join("A&na")
        writes = await ana.html_stream()
        await writes.socket.send('{"typing": true}')
        frame = await writes.frame_with("typing")
        assert frame == (
            '<turbo-stream action="typing" target="typing" more="false"><template>'
            f'<b dir="auto" data-user="{ana.user["id"]}">A&amp;na</b></template></turbo-stream>'
        )
