"""Proves that the private PostgreSQL comes and goes with its server, and outlives whatever is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import httpx
import psutil
import pytest

from hubbub.errors import Unavailable
from hubbub.store.embedded import PrivatePostgres
from tests.support.clients import ARRIVAL, Crowd
from tests.support.processes import complaint, hubbub, lives, postmaster
from tests.support.servers import Server, serving

SOON = 5.0  # seconds in which a server has to have stopped
# Has no system user of PostgreSQL's, as a new machine; nobody else sees that.
ON_A_NEW_MACHINE = """
cp -a /etc "$1" && mount --bind "$1/etc" /etc && sed -i /^pgserver:/d /etc/passwd /etc/group /etc/shadow /etc/gshadow &&
exec "$2" -m tests.support.first_starts
"""


@pytest.fixture(scope="module")
def first_start() -> Iterator[tuple[Path, list[str]]]:
    """A data directory and what the server said that made it; made once, because that takes seconds."""
    directory = Path(mkdtemp(prefix="hubbub-"))
    with serving(None, directory) as server:
        pass
    yield directory, server.said
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def data_dir(first_start: tuple[Path, list[str]]) -> Path:
    """A data directory with a history."""
    return first_start[0]


def test_first_start_says_what_takes_long_and_later_ones_do_not(first_start: tuple[Path, list[str]]) -> None:
    directory, said = first_start
    with serving(None, directory) as server:
        assert [any("first start only" in line for line in lines) for lines in (said, server.said)] == [True, False]


def test_database_that_could_not_be_made_is_made_by_the_next_start() -> None:
    with TemporaryDirectory(prefix="hubbub-") as directory:
        postgres = PrivatePostgres(Path(directory, "postgres"))
        postgres.directory.mkdir()
        in_the_way = postgres.directory / "in the way"
        in_the_way.touch()
        with pytest.raises(Unavailable):
            postgres.start()
        in_the_way.unlink()
        postgres.start()
        assert lives(postmaster(Path(directory)))
        postgres.stop()


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root makes a system user, and only Linux can undo it"
)
def test_first_starts_of_a_machine_do_not_get_in_each_others_way() -> None:
    with TemporaryDirectory(prefix="hubbub-") as directory:
        ended = subprocess.run(
            ["unshare", "--mount", "sh", "-c", ON_A_NEW_MACHINE, "sh", directory, sys.executable],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.stderr.startswith("unshare: "):
        pytest.skip("mounting is forbidden here")
    assert ended.returncode == 0, ended.stderr


async def bodies(server: Server) -> list[str]:
    async with Crowd(server.url) as crowd:
        return [message["body"] for message in (await crowd.get("/api/messages"))["messages"]]


async def say(server: Server, body: str) -> None:
    async with Crowd(server.url) as crowd:
        assert (await (await crowd.join("Ana")).post(body)).status_code == 201


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_stops_server_and_database_in_time_and_history_stays(
    data_dir: Path, number: signal.Signals
) -> None:
    with serving(None, data_dir) as server:
        pid = postmaster(data_dir)
        # Ctrl-C is for the whole group: it must not end the database under the server.
        assert os.getpgid(pid) != os.getpgid(server.process.pid)
        await say(server, f"before {number.name}")
        async with Crowd(server.url) as crowd:
            await (await crowd.join("Ana")).stream()
            began = time.monotonic()
            status = server.stop(number)
            took = time.monotonic() - began
    assert status == 0, server.logged
    assert took < SOON
    assert not lives(pid)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    assert not [line for line in server.logged if "Traceback" in line], server.logged
    with serving(None, data_dir) as server:
        assert f"before {number.name}" in await bodies(server)


async def test_start_after_a_kill_works_and_history_is_there(data_dir: Path) -> None:
    with serving(None, data_dir) as server:
        await say(server, "before the kill")
        pid = postmaster(data_dir)
        server.stop(signal.SIGKILL)
    assert lives(pid)  # left behind, and taken over by the next
    with serving(None, data_dir) as server:
        assert "before the kill" in await bodies(server)
        await say(server, "after the kill")
    assert not lives(pid)


async def test_start_after_everything_was_killed_works_and_history_is_there(data_dir: Path) -> None:
    with serving(None, data_dir) as server:
        await say(server, "before the power cut")
        pid = postmaster(data_dir)
        os.kill(pid, signal.SIGKILL)
        server.stop(signal.SIGKILL)
    with serving(None, data_dir) as server:
        assert "before the power cut" in await bodies(server)


def test_start_waits_for_the_last_process_of_a_killed_database(data_dir: Path) -> None:
    with serving(None, data_dir) as server:
        pid = postmaster(data_dir)
        lingering = psutil.Process(pid).children()[0]
        lingering.suspend()
        os.kill(pid, signal.SIGKILL)
        server.stop(signal.SIGKILL)
    log = data_dir / "postgres" / "log"
    with ThreadPoolExecutor() as threads:
        let_go = threads.submit(resume_once_in_the_way, lingering, log, len(log.read_text()))
        with serving(None, data_dir):
            assert let_go.result(), "it was never in the way"


def resume_once_in_the_way(process: psutil.Process, log: Path, known: int) -> bool:
    """Let a process end once PostgreSQL has found it in the way; false if that does not happen."""
    deadline = time.monotonic() + ARRIVAL
    try:
        while time.monotonic() < deadline:
            if "is still in use" in log.read_text()[known:]:
                return True
            time.sleep(0.01)
        return False
    finally:
        process.resume()


def test_stale_pid_file_of_another_program_does_not_keep_it_from_starting(data_dir: Path) -> None:
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}\n0\n5432\n\nlocalhost\n")
    with serving(None, data_dir) as server:
        assert httpx.get(f"{server.url}/readyz").json()["database"]


def test_second_server_on_one_data_directory_says_so(data_dir: Path) -> None:
    with serving(None, data_dir) as server:
        again = hubbub("serve", "--port", "0", "--data-dir", str(data_dir))
        assert complaint(again) == f"the data directory {data_dir} is in use by another Hubbub"
        assert httpx.get(f"{server.url}/healthz").status_code == 200
