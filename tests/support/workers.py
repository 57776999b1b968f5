"""The workers of a server, seen from outside: who they are, and which of them holds a stream."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import psutil

from tests.support.clients import ARRIVAL, Client, Stream
from tests.support.servers import Server

LOOK = 0.05  # seconds between two looks at processes, which tell nobody by themselves
ENOUGH = 100  # streams of which each worker should have got one


def workers_of(server: Server) -> list[psutil.Process]:
    """Return the processes that serve, oldest first."""
    children = psutil.Process(server.process.pid).children()
    return sorted(filter(_serves, children), key=psutil.Process.create_time)


def _serves(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # or it has ended, and waits to be noticed
        return "work" in process.cmdline()
    return False


def held_by(worker: psutil.Process) -> set[int]:
    """Return the clients' ports of the connections that a worker holds."""
    return {one.raddr.port for one in worker.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED}


async def streams_on_each(server: Server, client: Client) -> dict[int, Stream]:
    """Open streams until each worker has one, and return them by pid."""
    streams: dict[int, Stream] = {}
    workers = workers_of(server)
    for _ in range(ENOUGH):
        stream = await client.stream(after=0)
        await stream.frame()
        port = stream.socket.local_address[1]
        (holder,) = [worker.pid for worker in workers if port in held_by(worker)]
        if holder in streams:
            await stream.close()
        streams.setdefault(holder, stream)
        if len(streams) == len(workers):
            return streams
    raise AssertionError(f"{ENOUGH} streams were all taken by {streams.keys()} of {workers}")


async def all_gone(processes: list[psutil.Process]) -> None:
    """Return once these processes have ended, whoever their parent is."""
    _, left = await asyncio.to_thread(psutil.wait_procs, processes, ARRIVAL)
    assert not left, f"still running: {left}"


async def until(condition: Callable[[], object]) -> None:
    """Look at processes until the condition holds."""
    async with asyncio.timeout(ARRIVAL):
        while not condition():  # noqa: ASYNC110 as nobody tells
            await asyncio.sleep(LOOK)
