"""A real NATS cluster on this machine: each node a process, connected with all others, to be killed and started."""

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.programs import Program, free_port, listens


class Cluster:
    """A context: inside it so many nodes run as one cluster; clients reach it through `url`."""

    def __init__(self, directory: Path, size: int = 3) -> None:
        """Take a directory for the logs."""
        self._directory = directory
        # Where each node listens for clients, for the other nodes, and for us.
        self.ports = [free_port() for _ in range(size)]
        self._routes = [free_port() for _ in range(size)]
        self._monitors = [free_port() for _ in range(size)]
        # The nodes that run, by number.
        self._nodes: dict[int, Program] = {}
        self._http = httpx.Client(timeout=1, trust_env=False)

    @property
    def url(self) -> str:
        """The address of all nodes: `nats://host:port,host:port,…`."""
        return f"nats://{','.join(f'127.0.0.1:{port}' for port in self.ports)}"

    def start(self, number: int) -> None:
        """Start a node that does not run; returns when it is connected with all that do."""
        self._launch(number)
        self._nodes[number].wait_until(partial(self._is_ready, number))

    def kill(self, number: int) -> None:
        """Kill a node, as a crash or a lost machine does."""
        self._nodes.pop(number).kill()

    def start_all(self) -> None:
        """Start all nodes that do not run; returns when each is connected with all others."""
        for number in range(len(self.ports)):
            if number not in self._nodes:
                self._launch(number)
        for number, node in self._nodes.items():
            node.wait_until(partial(self._is_ready, number))

    def kill_all(self) -> None:
        """Kill all nodes that run."""
        for number in list(self._nodes):
            self.kill(number)

    def __enter__(self) -> Self:
        self.start_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill_all()
        self._http.close()

    def _launch(self, number: int) -> None:
        routes = ",".join(f"nats://127.0.0.1:{port}" for port in self._routes)
        self._nodes[number] = Program(
            "nats-server",
            [
                *("--name", f"node-{number}", "--addr", "127.0.0.1", "--port", str(self.ports[number])),
                *("--http_port", str(self._monitors[number]), "--cluster_name", "hubbub"),
                *("--cluster", f"nats://127.0.0.1:{self._routes[number]}", "--routes", routes),
                "--no_advertise",  # a client that is given one way to a node knows no other
            ],
            self._directory / f"nats-{number}.log",
        )

    def _is_ready(self, number: int) -> bool:
        return listens(self.ports[number]) and self._others_of(number) == len(self._nodes) - 1

    def _others_of(self, number: int) -> int:
        """Return with how many other nodes one is connected."""
        try:
            routes = self._http.get(f"http://127.0.0.1:{self._monitors[number]}/routez").json()["routes"]
        except httpx.HTTPError:
            return -1
        return len({route["remote_id"] for route in routes})
