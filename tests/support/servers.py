"""Real Hubbub servers in processes of their own, started and stopped as a person would."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

START = 30.0  # seconds a start may take on a busy machine
STOP = 20.0  # seconds a stop in order may take: streams are closed one after the other


class Server:
    """One running `hubbub serve`."""

    def __init__(
        self, environment: Mapping[str, str], arguments: tuple[str, ...] = (), inside: tuple[str, ...] = ()
    ) -> None:
        """Start it; `inside` are words that run a command somewhere else."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
        self.process = subprocess.Popen(
            [*inside, sys.executable, "-m", "hubbub", "serve", *arguments],
            env={**clean, "HUBBUB_PORT": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # What it printed so far: stdout is for people, stderr is the log.
        self.said: list[str] = []
        self.logged: list[str] = []
        self._addresses: Queue[str | None] = Queue()
        self._readers = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def wait_until_ready(self) -> None:
        """Return when it says where it is; fail with its log when it ends instead."""
        address = self._addresses.get(timeout=START)
        if address is None:
            self.process.wait()
            raise AssertionError(f"ended with {self.process.returncode}: {self.said} {self.logged}")
        self.url = address

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status, once all it said has been read."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(STOP)
        for reader in self._readers:
            reader.join(STOP)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return status

    def _read_stdout(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Hubbub is at "):
                self._addresses.put(line.split()[3])
        self._addresses.put(None)

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        self.logged.extend(self.process.stderr)


@contextmanager
def serving(
    database_url: str | None, data_dir: Path | None = None, *, inside: tuple[str, ...] = (), **settings: str
) -> Iterator[Server]:
    """Run a server; settings are named as in the environment, without HUBBUB_."""
    environment = {f"HUBBUB_{name.upper()}": value for name, value in settings.items()}
    if database_url is not None:
        environment["HUBBUB_DATABASE_URL"] = database_url
    if data_dir is not None:
        environment["HUBBUB_DATA_DIR"] = str(data_dir)
    server = Server(environment, inside=inside)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
