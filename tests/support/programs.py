"""Servers out of the system's packages, run as they are: found where packages put them, their output kept in a file."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Where packages put servers; the PATH of ordinary users often lacks these.
SBIN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
START = 10.0  # seconds a start may take on a busy machine
STOP = 5.0
LOOK = 0.02  # seconds between two looks at whether it is ready
# Ports that no system gives to outgoing connections: whoever restarts there finds the port free.
PORTS = range(20_000, 32_000)


def find(name: str) -> str | None:
    """Return the path of a program, if it is installed."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SBIN]))


class Program:
    """One running program."""

    def __init__(self, name: str, arguments: Sequence[str | Path], log: Path) -> None:
        path = find(name)
        assert path, f"{name} is not installed; type: scripts/setup test"
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen([path, *arguments], stdout=output, stderr=output, stdin=subprocess.DEVNULL)

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Return when it is ready; fail with its log when it ends instead, or takes too long."""
        patience = time.monotonic() + START
        while not is_ready():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self._log.read_text()}"
            assert time.monotonic() < patience, f"not ready after {START:.0f} s: {self._log.read_text()}"
            time.sleep(LOOK)

    def kill(self) -> None:
        """Kill it, without a chance to finish anything."""
        self.process.kill()
        self.process.wait(STOP)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens, for a server that is to be started there again and again."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 as it is no secret
        if not listens(port):
            return port


def listens(port: int) -> bool:
    """Return whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
