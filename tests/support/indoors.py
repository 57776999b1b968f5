"""A room that is served in the process of the test, which can then look at its parts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hubbub.assembly import Parts, serve
from tests.support.clients import Crowd


@asynccontextmanager
async def people_in(parts: Parts) -> AsyncIterator[Crowd]:
    """Serve a room, and lend the crowd of those who may come."""
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(serve(parts, listening, stop, shares_port=False))
        async with Crowd(f"http://127.0.0.1:{listening.getsockname()[1]}") as everybody:
            yield everybody
        stop.set()
        await serving
