"""Figures of one server process on one core; clients and PostgreSQL share another.

Run with `python -m bench.one_process`. Prints one line per figure.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import uvloop

from bench.wire import Wire, open_wire, stamps
from tests.support.databases import postgres
from tests.support.servers import Server, serving

SERVER_CORE, OTHER_CORE = {0}, {1}
LATENCY_PEOPLE, LATENCY_RATE, LATENCY_SECONDS = 100, 20, 20
THROUGHPUT_SECONDS = 5
IDLE_STREAMS = 2_000


async def token_of(server: Server, name: str) -> str:
    """Join and return the token."""
    async with httpx.AsyncClient(base_url=server.url) as http:
        return str((await http.post("/api/join", json={"name": name})).json()["token"])


async def latency(server: Server) -> str:
    """Measure from a send to its arrival at everybody."""
    token = await token_of(server, "latency")
    wires = [await open_wire(server.port, token, "html") for _ in range(LATENCY_PEOPLE)]
    delays: list[float] = []
    for wire in wires:
        wire.arrived = lambda frame: delays.extend(time.perf_counter() - sent for sent in stamps(frame))
    for number in range(LATENCY_SECONDS * LATENCY_RATE):
        wires[number % len(wires)].say(str(uuid4()), f"sent at {time.perf_counter():.6f} {'x' * 370}")
        await asyncio.sleep(1 / LATENCY_RATE)
    await asyncio.sleep(1)
    expected = LATENCY_PEOPLE * LATENCY_SECONDS * LATENCY_RATE
    close(wires)
    cuts = statistics.quantiles(delays, n=100)
    return f"{len(delays)} of {expected} delivered; p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


async def throughput(server: Server, senders: int) -> str:
    """Let each sender say its next message as soon as its last one has come back."""
    token = await token_of(server, f"throughput {senders}")
    wires = [await open_wire(server.port, token) for _ in range(senders)]
    acknowledged = 0
    until = time.perf_counter() + THROUGHPUT_SECONDS

    def listen(wire: Wire) -> None:
        key = str(uuid4())

        def arrived(frame: bytes) -> None:
            nonlocal key, acknowledged
            if key.encode() in frame and time.perf_counter() < until:
                acknowledged += 1
                key = str(uuid4())
                wire.say(key, "x" * 100)

        wire.arrived = arrived
        wire.say(key, "x" * 100)

    for wire in wires:
        listen(wire)
    await asyncio.sleep(THROUGHPUT_SECONDS)
    close(wires)
    return f"{acknowledged / THROUGHPUT_SECONDS:,.0f} acknowledged messages/s with {senders} senders"


async def memory(server: Server) -> str:
    """Compare the resident memory with and without idle streams."""
    token = await token_of(server, "memory")
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    wires = [await open_wire(server.port, token, "html") for _ in range(IDLE_STREAMS)]
    await asyncio.sleep(5)
    each = (process.memory_info().rss - before) / IDLE_STREAMS
    close(wires)
    return f"{each / 1024:.1f} KiB per idle stream of {IDLE_STREAMS}"


async def page(server: Server) -> str:
    """Add up what a browser loads for the room with 50 messages in it."""
    async with httpx.AsyncClient(base_url=server.url, follow_redirects=True) as http:
        html = (await http.post("/join", data={"name": "page"})).content
        for number in range(50):
            await http.post("/messages", data={"body": f"message number {number} of a usual length, more or less"})
        html = (await http.get("/room")).content
    static = Path(__file__).parent.parent / "src/hubbub/web/static"
    sizes = {kind: sum(file.stat().st_size for file in static.glob(f"*.{kind}")) for kind in ("css", "js")}
    parts = {"html": len(html), **sizes}
    return ", ".join(f"{kind} {size:,}" for kind, size in parts.items()) + f"; {sum(parts.values()):,} bytes in all"


def close(wires: list[Wire]) -> None:
    """End all connections; none may have been lost before."""
    assert not any(wire.lost for wire in wires)
    for wire in wires:
        wire.close()


def main() -> None:
    """Measure each figure on a server of its own."""
    os.sched_setaffinity(0, OTHER_CORE)
    figures: dict[str, Callable[[Server], Awaitable[str]]] = {
        "page": page,
        "latency": latency,
        "1 sender": lambda server: throughput(server, 1),
        "16 senders": lambda server: throughput(server, 16),
        "256 senders": lambda server: throughput(server, 256),
        "memory": memory,
    }
    with tempfile.TemporaryDirectory() as directory, postgres(Path(directory) / "postgres") as databases:
        for name, measure in figures.items():
            with databases.fresh() as url, serving(url, message_rate="0", join_rate="0") as server:
                for thread in psutil.Process(server.process.pid).threads():
                    os.sched_setaffinity(thread.id, SERVER_CORE)
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    print(f"{name}: {runner.run(_measured(measure, server))}", flush=True)


async def _measured(measure: Callable[[Server], Awaitable[str]], server: Server) -> str:
    process = psutil.Process(server.process.pid)
    before = sum(process.cpu_times()[:2])
    began = time.perf_counter()
    result = await measure(server)
    share = (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - began)
    return f"{result} ({share:.0%} of the server's core)"


if __name__ == "__main__":
    main()
