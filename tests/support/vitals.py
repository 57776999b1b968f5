"""What a server process holds: what must be as before once an attack is over, and what it may grow to meanwhile."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Self

import asyncpg
import httpx
import psutil

from hubbub.store.database import POOL
from tests.support.clients import NO_CERTIFICATES
from tests.support.servers import Server

MEBIBYTE = 1024 * 1024
LOOK = 0.02  # seconds between two looks at its memory
RETURN = 15.0  # seconds in which everything must be let go


@dataclass(frozen=True)
class Holdings:
    """Everything of which an attack might leave some behind."""

    sockets: int
    files: int
    threads: int
    tasks: int
    streams: int
    connections: int  # to the database, beyond its pool, which fills once

    def __le__(self, other: Self) -> bool:
        """Whether there is no more of anything."""
        return all(mine <= theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True))


class Vitals:
    """Watches one server from outside, and by its metrics."""

    def __init__(self, server: Server, database_url: str) -> None:
        self._url = server.url
        self._process = psutil.Process(server.process.pid)
        self._database_url = database_url

    @property
    def rss(self) -> float:
        """Resident memory in mebibytes."""
        size: int = self._process.memory_info().rss
        return size / MEBIBYTE

    async def holdings(self) -> Holdings:
        """Return what it holds now, this look included."""
        async with httpx.AsyncClient(base_url=self._url, timeout=RETURN, verify=NO_CERTIFICATES) as http:
            lines = [line.split() for line in (await http.get("/metrics")).text.splitlines() if line[0] != "#"]
            metrics = {name: int(float(value)) for name, value in lines if name.startswith("hubbub_")}
            pooled = await self._count_connections()
            return Holdings(
                sockets=len(self._process.net_connections()),
                files=self._process.num_fds() - pooled,
                threads=self._process.num_threads(),
                tasks=metrics["hubbub_tasks"],
                streams=metrics["hubbub_streams"],
                connections=max(0, pooled - POOL - 1),
            )

    async def settled(self) -> Holdings:
        """Return what it holds once that has stopped changing."""
        before, now = None, await self.holdings()
        while now != before:
            await asyncio.sleep(0.2)
            before, now = now, await self.holdings()
        return now

    async def peak(self, during: Awaitable[object]) -> float:
        """Return the most resident memory in mebibytes while something happens."""
        happening = asyncio.ensure_future(during)
        peak = self.rss
        while not happening.done():
            await asyncio.wait([happening], timeout=LOOK)
            peak = max(peak, self.rss)
        await happening
        return peak

    async def return_to(self, before: Holdings, within: float = RETURN) -> None:
        """Return once it holds no more than before."""
        until = time.monotonic() + within
        while not (now := await self.holdings()) <= before:
            assert time.monotonic() < until, f"left behind: {now}, before: {before}"
            await asyncio.sleep(0.1)

    async def _count_connections(self) -> int:
        connection = await asyncpg.connect(self._database_url)
        try:
            counted: int = await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()
        return counted
