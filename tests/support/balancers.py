"""A real haproxy in front of servers on this machine, which asks each of them often whether it is ready."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.programs import Program, free_port, listens

CONFIGURATION = """
global
    maxconn 2000
    hard-stop-after 1s

defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
    timeout tunnel 1h
    timeout check 2s
    option redispatch 1
    retries 3

frontend everybody
    bind 127.0.0.1:{port}
    default_backend servers

backend servers
    balance leastconn
    option httpchk GET /readyz
    default-server check inter 200ms fall 2 rise 1
{servers}
"""


class Balancer:
    """One haproxy that leads from its `port` to whichever server is ready and has the fewest connections."""

    def __init__(self, directory: Path, ports: Sequence[int]) -> None:
        """Take a directory for its configuration and log, and the ports of the servers."""
        self.port = free_port()
        self._directory = directory
        servers = "\n".join(f"    server server-{port} 127.0.0.1:{port}" for port in ports)
        self._configuration = directory / "haproxy.cfg"
        self._configuration.write_text(CONFIGURATION.format(port=self.port, servers=servers))

    def start(self) -> None:
        """Start it; returns when it listens."""
        self._program = Program("haproxy", ["-db", "-f", self._configuration], self._directory / "haproxy.log")
        self._program.wait_until(lambda: listens(self.port))

    def kill(self) -> None:
        """Kill it, and with it every connection that leads through it."""
        self._program.kill()
