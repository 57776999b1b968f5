"""Real PostgreSQL for tests: one private server for the whole run, a fresh copy of the room per test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg

from hubbub.store.embedded import running
from hubbub.store.migration import migrate

TEMPLATE = "template_room"


class Databases:
    """Makes and drops databases on one PostgreSQL; each is a copy of a migrated, empty room."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._numbers = count(1)
        asyncio.run(self._make_template())

    def address(self, name: str) -> str:
        """Return the `postgresql://` address of a database of this server."""
        server, _, query = self._dsn.partition("?")
        return f"{server.rpartition('/')[0]}/{name}?{query}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Lend the address of an empty room."""
        name = f"room_{next(self._numbers)}"
        asyncio.run(self._execute(f"create database {name} template {TEMPLATE}"))
        try:
            yield self.address(name)
        finally:
            asyncio.run(self._execute(f"drop database {name} with (force)"))

    async def _make_template(self) -> None:
        await self._execute(f"create database {TEMPLATE}")
        await migrate(self.address(TEMPLATE))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def postgres(directory: Path) -> Iterator[Databases]:
    """Run a private PostgreSQL in a directory."""
    with running(directory, say=lambda _: None) as private:
        yield Databases(private.dsn)
