"""Fixtures that all kinds of tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hubbub.store.database import Database
from tests.support.clients import Crowd
from tests.support.databases import Databases, postgres
from tests.support.servers import Server, serving


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """A private PostgreSQL for the whole run.

    Not below pytest's own directory: a second run as root closes that to other users, and the
    PostgreSQL of the first runs as one.
    """
    with TemporaryDirectory(prefix="hubbub-") as directory, postgres(Path(directory)) as running:
        yield running


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of an empty room."""
    with databases.fresh() as address:
        yield address


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Connections to an empty room."""
    pool = Database(database_url)
    yield pool
    await pool.close()


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    """A server with an empty room and without limits."""
    with serving(database_url, message_rate="0", join_rate="0") as running:
        yield running


@pytest.fixture
async def crowd(server: Server) -> AsyncIterator[Crowd]:
    """Everybody who uses that server."""
    async with Crowd(server.url) as everybody:
        yield everybody
