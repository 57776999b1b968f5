"""The configurations of deploy/ as they are shipped, with other ports: real balancers run with them."""

import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.support.clients import Crowd
from tests.support.programs import Program, find, free_port, listens

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
OPERATIONS = (ROOT / "docs/operations.md").read_text()

APT_CADDY = "sudo apt-get install caddy"
LOOK = "300ms"  # between two looks at whether a server is ready: tests have less time

# What a test changes of Caddy's surroundings: nothing of this machine may be touched.
CADDY_ALONE = """
{
	admin off
	storage file_system %s
	skip_install_trust
	auto_https disable_redirects
	default_bind 127.0.0.1
}
"""


class Front:
    """A running balancer; people reach the room at its `url`."""

    def __init__(self, url: str, program: Program, log: Path, despair: str) -> None:
        self.url = url
        self._program = program
        self._log = log
        # What it says when no server is ready.
        self._despair = despair

    def wait_until_it_says(self, words: str) -> None:
        """Return once its log has these words."""
        self._program.wait_until(lambda: words in self._log.read_text())

    def wait_until_no_server_is_ready(self) -> None:
        """Return once it knows that no server is ready."""
        self.wait_until_it_says(self._despair)


class Outside(Crowd):
    """Everybody who comes by TLS, through a balancer."""

    def __init__(self, front: Front) -> None:
        super().__init__(front.url)
        self.http = httpx.AsyncClient(base_url=front.url, verify=ssl.create_default_context())


def tool(name: str, how: str) -> str:
    """Return the path of a program; skip the test, and say how to get it, where it is not installed."""
    path = find(name)
    if path is None:
        pytest.skip(f"{name} is not installed; type: {how}")
    return path


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """Return a text with parts of it replaced; each has to be there."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not there any more"
        text = text.replace(old, new)
    return text


@contextmanager
def haproxy(servers: Sequence[int]) -> Iterator[Front]:
    """Run haproxy in front of two ports, with the lines for TLS that are commented out for want of a certificate."""
    port, secure_port = free_port(), free_port()
    with TemporaryDirectory(prefix="hubbub-") as name:
        directory = Path(name)
        certificate, pair = _certificate(directory)
        changes = {
            "bind :80": f"bind 127.0.0.1:{port}",
            "# bind :443": f"bind 127.0.0.1:{secure_port}",
            "/etc/haproxy/room.pem": str(pair),
            "# http-request redirect": "http-request redirect",
            "127.0.0.1:8001": f"127.0.0.1:{servers[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{servers[1]}",
            "maxconn 100000": "maxconn 200",  # as many files as anybody may open
            "inter 1s": f"inter {LOOK}",
        }
        (directory / "haproxy.cfg").write_text(replaced((DEPLOY / "haproxy.cfg").read_text(), changes))
        with (
            _running("haproxy", ["-db", "-f", directory / "haproxy.cfg"], directory / "log") as program,
            believed(certificate),
        ):
            program.wait_until(lambda: listens(port) and listens(secure_port))
            yield Front(
                f"https://localhost:{secure_port}", program, directory / "log", "hubbub has no server available"
            )


def _certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost; return it, and it with its key as haproxy wants them."""
    key, certificate, pair = (directory / name for name in ("key.pem", "certificate.pem", "pair.pem"))
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    openssl = tool("openssl", "sudo apt-get install openssl")
    command: list[str | Path] = [openssl, *make.split(), *names, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    pair.write_text(certificate.read_text() + key.read_text())
    return certificate, pair


def caddyfile() -> str:
    """Return the Caddyfile as the Caddy here understands it: Debian 12 has 2.6, which ends streams on a reload."""
    text = (DEPLOY / "Caddyfile").read_text()
    version = subprocess.run([tool("caddy", APT_CADDY), "version"], check=True, capture_output=True, text=True).stdout
    numbers = tuple(int(number) for number in version.lstrip("v").split(".")[:2])
    return text if numbers >= (2, 7) else replaced(text, {"stream_close_delay 5m": "# stream_close_delay"})


@contextmanager
def caddy(servers: Sequence[int]) -> Iterator[Front]:
    """Run Caddy in front of two ports, with an authority of its own."""
    port = free_port()
    with TemporaryDirectory(prefix="hubbub-") as name:
        directory = Path(name)
        configuration = directory / "Caddyfile"
        changes = {"health_interval 1s": f"health_interval {LOOK}"}
        configuration.write_text(CADDY_ALONE % directory + replaced(caddyfile(), changes))
        environment = {
            "HOME": name,
            "ROOM_SITE": f"https://localhost:{port}",
            "ROOM_SERVERS": " ".join(f"127.0.0.1:{server}" for server in servers),
        }
        arguments: list[str | Path] = ["run", "--adapter", "caddyfile", "--config", configuration]
        with (
            _running("caddy", arguments, directory / "log", environment) as program,
            believed(directory / "pki/authorities/local/root.crt"),
        ):
            front = Front(f"https://localhost:{port}", program, directory / "log", '"status_code":503')
            front.wait_until_it_says("certificate obtained successfully")
            yield front


@contextmanager
def _running(
    name: str, arguments: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    with pytest.MonkeyPatch.context() as changed:
        for variable, value in (environment or {}).items():
            changed.setenv(variable, value)
        program = Program(name, arguments, log)
    try:
        yield program
    finally:
        program.kill()


@contextmanager
def believed(certificate: Path) -> Iterator[None]:
    """Let the programs of this test believe a certificate."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("SSL_CERT_FILE", str(certificate))
        yield


@contextmanager
def nats() -> Iterator[list[int]]:
    """Run three NATS servers, each connected with the others; their ports are in the order of their names."""
    names = ["nats1", "nats2", "nats3"]
    ports, routes, monitors = ([free_port() for _ in names] for _ in range(3))
    with TemporaryDirectory(prefix="hubbub-") as directory, ExitStack() as stack:
        nodes = []
        for name, port, route, monitor in zip(names, ports, routes, monitors, strict=True):
            changes = {
                "port: 4222": f"listen: 127.0.0.1:{port}",
                "port: 6222": f"listen: 127.0.0.1:{route}",
                "127.0.0.1:8222": f"127.0.0.1:{monitor}",
                **{f"@{other}:6222": f"@127.0.0.1:{port}" for other, port in zip(names, routes, strict=True)},
            }
            configuration = Path(directory) / f"{name}.conf"
            configuration.write_text(replaced((DEPLOY / "nats/nats.conf").read_text(), changes))
            log = configuration.with_suffix(".log")
            nodes.append(stack.enter_context(_running("nats-server", ["-c", configuration], log, {"NATS_NAME": name})))
        for node, monitor in zip(nodes, monitors, strict=True):
            node.wait_until(partial(_is_connected, monitor, len(names) - 1))
        yield ports


def _is_connected(monitor: int, others: int) -> bool:
    """Return whether a NATS server is connected with so many others."""
    if not listens(monitor):
        return False
    routes = httpx.get(f"http://127.0.0.1:{monitor}/routez").json()["routes"]
    return len({route["remote_id"] for route in routes}) == others


def run(*command: str | Path, directory: Path | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, with what it says in one piece."""
    return subprocess.run(
        command,
        cwd=directory,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
