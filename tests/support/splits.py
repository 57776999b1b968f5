"""A network of its own for one server, so that packets can be lost for good: Linux only, and root may."""

import os
import subprocess
from pathlib import Path
from typing import Self

import pytest

IP = "/usr/sbin/ip" if Path("/usr/sbin/ip").exists() else "ip"


class Split:
    """A context: a network namespace with a wire for people and one for the database; skips where none may be made.

    Each wire is a pair of interfaces with an address at either end: ours, and the one inside.
    """

    def __init__(self) -> None:
        # Two at once do not meet: the addresses are of the network that is set aside for measurements.
        self.name = f"hubbub-{os.getpid()}"
        self._number = os.getpid() % 250
        self.people, self.server = self._ends("198.18")
        self.database, _ = self._ends("198.19")

    @property
    def inside(self) -> tuple[str, ...]:
        """The words before a command that is to run inside."""
        return (IP, "netns", "exec", self.name)

    def opens(self) -> None:
        """Lose every packet between the server and the database."""
        self._ip("-n", self.name, "link", "set", "database", "down")

    def heals(self) -> None:
        """Let packets pass again."""
        self._ip("-n", self.name, "link", "set", "database", "up")

    def __enter__(self) -> Self:
        try:
            self._ip("netns", "add", self.name)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"network namespaces need Linux, iproute2 and root: {getattr(error, 'stderr', error)}")
        try:
            self._lay("people", "198.18")
            self._lay("database", "198.19")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ip("netns", "delete", self.name)  # and with it both wires

    def _ends(self, network: str) -> tuple[str, str]:
        return f"{network}.{self._number}.1", f"{network}.{self._number}.2"

    def _lay(self, wire: str, network: str) -> None:
        """Lay a wire from here to the inside, where it has its name."""
        outer, (ours, theirs) = f"{wire[0]}{os.getpid()}", self._ends(network)
        self._ip("link", "add", outer, "type", "veth", "peer", "name", wire, "netns", self.name)
        self._ip("address", "add", f"{ours}/30", "dev", outer)
        self._ip("link", "set", outer, "up")
        self._ip("-n", self.name, "address", "add", f"{theirs}/30", "dev", wire)
        self._ip("-n", self.name, "link", "set", wire, "up")

    def _ip(self, *words: str) -> None:
        subprocess.run([IP, *words], check=True, capture_output=True, text=True)
