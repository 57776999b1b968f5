"""With the disk full, sends are told to wait, the server stays up, and all goes on by itself once there is space.

The disk is a small one in memory, which only root on Linux can make.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.support.clients import ARRIVAL, Client, Crowd, Json
from tests.support.servers import Server, serving
from tests.support.sessions import session

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can make a small disk"
)

SIZE = 120  # mebibytes: PostgreSQL takes a third when it is new
LARGE = "x" * 4_000
ENOUGH = 1_000  # of these fill what PostgreSQL has reserved
REFUSALS = 20


class Disk:
    """A small disk, and what fills it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    @property
    def data_dir(self) -> Path:
        """Where the server keeps its own."""
        return self.path / "data"

    @property
    def database_url(self) -> str:
        """The private PostgreSQL on it."""
        directory = self.data_dir / "postgres"
        return f"postgresql://postgres@/postgres?host={(directory / 'postmaster.pid').read_text().splitlines()[4]}"

    def fill(self) -> None:
        """Leave not a byte free."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink()


@pytest.fixture
def disk() -> Iterator[Disk]:
    with TemporaryDirectory(prefix="hubbub-") as directory:
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=755", "tmpfs", directory]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is forbidden here")
        try:
            yield Disk(Path(directory))
        finally:
            subprocess.run(["umount", directory], check=True)  # noqa: S607 as it is found where the system has it


@pytest.fixture
def server(disk: Disk) -> Iterator[Server]:
    with serving(None, disk.data_dir, message_rate="0") as running:
        yield running


@pytest.fixture
async def ana(crowd: Crowd) -> AsyncIterator[Client]:
    """Somebody whose stream stays open all the time."""
    client = await crowd.join("Ana")
    stream = await client.stream()
    yield client
    await client.post("the last word")
    await stream.sees("the last word")
    assert not stream.resets


async def say_until_refused(ana: Client) -> tuple[set[UUID], UUID, Json]:
    """Send until one is refused; return what was acknowledged before, the refused key and its answer."""
    acknowledged = set[UUID]()
    for _ in range(ENOUGH):
        answer = await ana.post(LARGE, key := uuid4())
        if answer.status_code != 201:
            return acknowledged, key, answer.json()
        acknowledged.add(key)
    raise AssertionError("the disk is never full")


async def say_until_taken(ana: Client, key: UUID) -> None:
    """Send again and again, as clients do."""
    async with asyncio.timeout(ARRIVAL):
        while (answer := await ana.post(LARGE, key)).status_code not in {200, 201}:
            assert answer.json()["code"] == "unavailable", answer.text


async def assert_kept(disk: Disk, acknowledged: set[UUID]) -> None:
    """Check that what was acknowledged is there, and all exactly once."""
    async with session(disk.database_url) as connection:
        keys = [row["key"] for row in await connection.fetch("select key from messages")]
    assert len(set(keys)) == len(keys)
    assert acknowledged <= set(keys)


async def test_sends_are_refused_and_history_is_read_while_the_disk_is_full(
    disk: Disk, server: Server, crowd: Crowd, ana: Client
) -> None:
    before = uuid4()
    await say_until_taken(ana, before)
    disk.fill()
    acknowledged, key, refusal = await say_until_refused(ana)
    assert (refusal["status"], refusal["code"], refusal["retry_after"]) == (503, "unavailable", 1.0)
    for _ in range(REFUSALS):
        assert (await ana.post(LARGE)).status_code == 503
        history = [UUID(message["key"]) for message in (await crowd.get("/api/messages"))["messages"]]
        assert history
        assert acknowledged | {before} >= set(history)
    disk.free()
    await say_until_taken(ana, key)
    await assert_kept(disk, acknowledged | {before, key})
    assert server.process.poll() is None


async def test_all_goes_on_by_itself_when_postgres_ended_on_a_full_disk(
    disk: Disk, server: Server, crowd: Crowd, ana: Client
) -> None:
    before = uuid4()
    await say_until_taken(ana, before)
    disk.fill()
    with suppress(asyncpg.PostgresError, OSError):  # its log cannot grow any more: that is its end
        async with session(disk.database_url) as connection:
            await connection.execute("select pg_switch_wal()")
    acknowledged, key, refusal = await say_until_refused(ana)
    assert refusal["code"] == "unavailable"
    while (await crowd.http.get("/readyz")).json()["database"]:  # until it has ended
        assert (await ana.post(LARGE)).status_code == 503
    for _ in range(REFUSALS):
        assert (await ana.post(LARGE)).status_code == 503
    disk.free()
    await say_until_taken(ana, key)
    await assert_kept(disk, acknowledged | {before, key})
    assert server.process.poll() is None
