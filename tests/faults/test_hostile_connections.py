"""Who opens connections to harm, slowly, in masses or with too much, is refused or cut, and the others are served.

Nobody may hold a connection by saying nothing: `transport.ASK` is the bound.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

import pytest

from bench.wire import Wire, open_wire
from hubbub.web.transport import ASK
from tests.support.clients import ARRIVAL, Crowd
from tests.support.files import many_files
from tests.support.neighbours import assert_unharmed, neighbour_in
from tests.support.servers import Server, serving
from tests.support.vitals import Vitals
from tests.support.wires import PATIENCE

SLOW = 200  # connections that never get to the point
MANY = 1_000  # streams from one address
GROWTH = 32  # mebibytes for whatever an allocator keeps

Attack = Callable[[int], Awaitable[object]]
"""What is done to a server at a port."""


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect, and be gone at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the server closes, empty if it closes without a word."""
    said = bytearray()
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            while data := await reader.read(1 << 16):
                said += data
    return bytes(said)


async def say_slowly(port: int, head: bytes) -> float:
    """Send a byte a second until the server has had enough; return after how many seconds that was."""
    began = asyncio.get_running_loop().time()
    async with connection(port) as (reader, writer):
        end = asyncio.create_task(answer(reader))
        for byte in head:
            with suppress(ConnectionError):
                writer.write(bytes([byte]))
            if (await asyncio.wait([end], timeout=1))[0]:
                break
        assert await end == b""
    return asyncio.get_running_loop().time() - began


async def send_for_ever(port: int, head: bytes, chunk: bytes, most: int) -> bytes:
    """Send a beginning and then the same again and again, up to so many bytes; return the answer."""
    async with connection(port) as (reader, writer):
        end = asyncio.create_task(answer(reader))
        writer.write(head)
        with suppress(ConnectionError):
            for _ in range(most // len(chunk)):
                writer.write(chunk)
                await writer.drain()
                if end.done():
                    break
        return await end


async def slowly(port: int) -> None:
    """Hold connections with nothing, with half a request, with half a handshake, all at once."""
    heads = [
        b"",
        b"\r\n" * 50,
        b"GET / HTTP/1.1\r\nHost: a-name-that-takes-its-time",
        b"GET /stream HTTP/1.1\r\nUpgrade: websocket\r\n",
    ]
    held = await asyncio.gather(*(say_slowly(port, heads[number % len(heads)]) for number in range(SLOW)))
    print(f"{SLOW} slow connections held for {min(held):.1f} to {max(held):.1f} s")  # noqa: T201
    assert max(held) < ASK + 10


async def half_bodies(port: int) -> None:
    """Announce bodies, of ten gigabytes too, and never send them; or go away amid them, at every door."""
    sizes = small, _, _ = 10, 10_000_000_000, 10**30

    async def announce(door: str, size: int) -> bytes:
        head = f"POST {door} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        async with connection(port) as (reader, writer):
            writer.write(head.encode())
            return b"" if size == small else await answer(reader)

    doors = ("/api/join", "/api/messages", "/join", "/messages")
    answers = await asyncio.gather(*(announce(door, size) for door in doors * 10 for size in sizes))
    assert [said[:12] for said in answers] == [b"", b"HTTP/1.1 413", b"HTTP/1.1 400"] * 40


async def endless_bodies(port: int) -> None:
    """Send bodies in chunks that do not end."""
    head = b"POST /api/join HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    for said in await asyncio.gather(*(send_for_ever(port, head, chunk, 64 << 20) for _ in range(10))):
        assert said[:12] in {b"", b"HTTP/1.1 413"}  # whoever still writes may not get to read it


async def endless_heads(port: int) -> None:
    """Send headers, and request lines, that do not end."""
    for head in (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"GET /", b"GET /stream HTTP/1.1\r\nUpgrade: websocket\r\nX: "):
        for said in await asyncio.gather(*(send_for_ever(port, head, b"x" * 65_536, 64 << 20) for _ in range(5))):
            assert said[:12] in {b"", b"HTTP/1.1 431"}


async def many_headers(port: int) -> None:
    """Send a thousand headers at once, and headers without an end, one after the other."""
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 40) for number in range(1_000))
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    upgrade += b"AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    for request, status in [
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + lines + b"\r\n", b"200"),
        (b"GET /stream HTTP/1.1\r\nHost: x\r\n" + upgrade + lines + b"\r\n", b"431"),
        (b"GET /stream HTTP/1.1\r\nHost: x\r\n" + upgrade + b"X: " + b"x" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET /stream?" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n", b"414"),
    ]:
        async with connection(port) as (reader, writer):
            writer.write(request)
            assert (await answer(reader)).startswith(b"HTTP/1.1 " + status), request[:60]
    assert (await send_for_ever(port, b"GET / HTTP/1.1\r\n", lines, 64 << 20))[:12] in {b"", b"HTTP/1.1 431"}


@pytest.mark.parametrize("attack", [slowly, half_bodies, endless_bodies, endless_heads, many_headers])
async def test_who_asks_too_slowly_or_too_much_is_cut_and_others_are_served(
    server: Server, crowd: Crowd, database_url: str, attack: Attack
) -> None:
    vitals = Vitals(server, database_url)
    async with neighbour_in(crowd) as neighbour:
        before = await neighbour.calm()
        held, memory = await vitals.settled(), vitals.rss
        attacking = asyncio.ensure_future(attack(server.port))
        under = await neighbour.during(_with_newcomers(crowd, attacking))
        await vitals.return_to(held)
    assert_unharmed(before, under, attack.__name__)
    assert vitals.rss - memory < GROWTH
    assert not [line for line in server.logged if '"error"' in line]


async def _with_newcomers(crowd: Crowd, attack: "asyncio.Future[object]") -> None:
    """Let people come in, one after the other, as long as an attack lasts."""
    number = 0
    while not attack.done():
        number += 1
        stream = await (await crowd.join(f"Newcomer {number}")).stream()
        await stream.say("hello")
        await stream.sees("hello")
        await stream.close()
        await asyncio.wait([attack], timeout=0.5)
    await attack


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    with many_files():
        yield


@pytest.fixture
def limited(database_url: str) -> Iterator[Server]:
    """A server that lets one address have a hundred streams."""
    with serving(database_url, streams_per_address="100") as running:
        yield running


async def open_many(port: int, token: str, stack: AsyncExitStack, count: int = MANY) -> list[Wire]:
    """Open streams, all at once."""
    async with asyncio.timeout(4 * ARRIVAL):
        wires = await asyncio.gather(*(open_wire(port, token) for _ in range(count)))
    for wire in wires:
        stack.callback(wire.close)
    return wires


def note(frame: bytes, event: asyncio.Event) -> None:
    if b"all of you" in frame:
        event.set()


async def test_a_thousand_streams_from_one_address_are_served(server: Server, crowd: Crowd, database_url: str) -> None:
    vitals = Vitals(server, database_url)
    ana = await crowd.join("Ana")
    async with neighbour_in(crowd) as neighbour:
        before = await neighbour.calm()
        async with AsyncExitStack() as stack:  # a first time, for what is made once
            await open_many(server.port, ana.token, stack)
        held, memory = await vitals.settled(), vitals.rss
        async with AsyncExitStack() as stack:
            wires = await open_many(server.port, ana.token, stack)
            told = [asyncio.Event() for _ in wires]
            for wire, event in zip(wires, told, strict=True):
                wire.arrived = partial(note, event=event)
            assert (await ana.post("all of you")).status_code == 201
            everybody = asyncio.gather(*(event.wait() for event in told))
            under = await neighbour.during(asyncio.wait_for(everybody, ARRIVAL))
        await vitals.return_to(held)
    # A thousand clients share the loop that measures, and the core that it runs on.
    assert_unharmed(before, under, "a thousand streams", slack=2.0)
    assert vitals.rss - memory < GROWTH


async def test_the_stream_beyond_the_limit_is_told_to_wait_and_the_others_live(limited: Server) -> None:
    async with Crowd(limited.url) as crowd, AsyncExitStack() as stack:
        ana = await crowd.join("Ana")
        wires = await open_many(limited.port, ana.token, stack, 100)
        for _ in range(50):
            refused = await crowd.handshake("", Authorization=f"Bearer {ana.token}")
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
            assert int(refused.headers["retry-after"]) > 0
        assert not any(wire.lost for wire in wires)
        wires[0].close()
        async with asyncio.timeout(ARRIVAL):
            await _one_more(limited.port, ana.token, stack)


async def _one_more(port: int, token: str, stack: AsyncExitStack) -> None:
    """Open a stream as soon as there is a place."""
    while True:
        with suppress(ConnectionError):
            await open_many(port, token, stack, 1)
            return
