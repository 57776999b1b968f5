"""Who is measured: Hubbub, the limit, and peers, each a server in a process of its own on a core of its own."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.request import Request, urlopen
from uuid import uuid4

import psutil

from bench.meter import Postgres
from bench.throng import Speech, client_frame, many_files
from tests.support.databases import Databases, postgres
from tests.support.servers import serving

HERE = Path(__file__).parent
PEERS = HERE / "peers"
PYTHON = PEERS / ".venv/bin/python"
UNLIMITED = {"message_rate": "0", "join_rate": "0", "streams_per_address": "0"}
PINNED = sys.platform == "linux" and (os.cpu_count() or 1) > 1 and shutil.which("taskset") is not None
INSIDE = ("taskset", "-c", "0") if PINNED else ()


@dataclass(frozen=True)
class Side:
    """A server that runs."""

    port: int
    process: psutil.Process
    speech: Speech


# Starts a server, and ends it.
Start: TypeAlias = Callable[[], AbstractContextManager[Side]]


def stand_aside() -> None:
    """Leave the first core to the server that is measured: PostgreSQL, clients and all else stay on the others."""
    many_files()
    if PINNED:
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)))


def upgrade(path: str = "/", *headers: str) -> bytes:
    """Return the request for a stream."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def join(port: int, name: str) -> str:
    """Join Hubbub and return the token."""
    return str(_post(port, "/api/join", {"name": name})["token"])


def say(port: int, token: str, body: str) -> None:
    """Say something in Hubbub."""
    _post(port, "/api/messages", {"key": next(KEYS), "body": body}, Authorization=f"Bearer {token}")


def _post(port: int, path: str, content: dict[str, str], **headers: str) -> dict[str, Any]:
    headers["Content-Type"] = "application/json"
    request = Request(f"http://127.0.0.1:{port}{path}", json.dumps(content).encode(), headers)
    with urlopen(request) as answer:  # noqa: S310 as the address is ours
        return cast("dict[str, Any]", json.load(answer))


def speech_of(token: str, form: str = "html", query: str = "", cookie: str = "") -> Speech:
    """Return how a client of Hubbub speaks, who shows a token or a cookie."""
    session = f"Cookie: {cookie}" if cookie else f"Authorization: Bearer {token}"
    return Speech(upgrade(f"/stream{query}", f"Sec-WebSocket-Protocol: hubbub.{form}", session), _say_hubbub)


# What is said here needs no escapes, and this costs a tenth of `uuid4` and `json.dumps`.
KEYS = map((str(uuid4())[:24] + "{:012x}").format, count())


def _say_hubbub(body: str) -> bytes:
    return client_frame(f'{{"say": {{"key": "{next(KEYS)}", "body": "{body}"}}}}'.encode())


def _say_plain(body: str) -> bytes:
    return client_frame(f'{{"body": "{body}"}}'.encode())


def _say_socketio(body: str) -> bytes:
    return client_frame(f'42["say", "{body}"]'.encode())


@contextmanager
def hubbub(
    databases: Databases, form: str = "html", inside: tuple[str, ...] = INSIDE, **settings: str
) -> Iterator[Side]:
    """Run Hubbub on an empty room; all streams are of one person."""
    with databases.fresh() as url, serving(url, None, inside=inside, **{**UNLIMITED, **settings}) as server:
        speech = speech_of(join(server.port, "everybody"), form)
        yield Side(server.port, psutil.Process(server.process.pid), speech)


@contextmanager
def program(command: Sequence[str], speech: Speech, directory: Path = HERE.parent) -> Iterator[Side]:
    """Run a server that prints its port."""
    with subprocess.Popen([*INSIDE, *command], cwd=directory, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield Side(int(process.stdout.readline()), psutil.Process(process.pid), speech)
        finally:
            process.send_signal(signal.SIGKILL)  # what it would say to thousands at the end is not measured


def limit(directory: Path) -> tuple[str, Start]:
    """Return the limit, by its name: a loop of `send` in C, or in Python where there is no compiler."""
    plain = Speech(upgrade(), _say_plain)
    compiler, made = shutil.which("cc"), directory / "limit"
    if compiler and sys.platform == "linux":
        command = [compiler, "-O2", "-o", str(made), str(HERE / "limit.c")]
        if subprocess.run(command, check=False).returncode == 0:  # noqa: S603
            return "limit: send in C", partial(program, [str(made)], plain)
    return "limit: send in Python", partial(program, [sys.executable, "-m", "bench.limit"], plain)


def peers() -> tuple[dict[str, Start], list[str]]:
    """Return the peers that are installed, by name, and lines about those that are not."""
    plain = Speech(upgrade(), _say_plain)
    socketio = Speech(
        upgrade("/socket.io/?EIO=4&transport=websocket"), _say_socketio, ((b"0{", b"40"), (b"40", b"")), {b"2": b"3"}
    )
    python, node = str(PYTHON), shutil.which("node") or "node"
    commands = {
        "FastAPI, send_text": ([python, "serve.py", "bare_fastapi"], plain),
        "python-socketio": ([python, "serve.py", "bare_socketio"], socketio),
        "Django Channels": ([python, "serve.py", "bare_channels"], plain),
        "ws on Node": ([node, "ws.js"], plain),
        "Socket.IO on Node": ([node, "socketio.js"], socketio),
    }
    there = {python: PYTHON.exists(), node: bool(shutil.which("node")) and (PEERS / "node_modules").exists()}
    starts: dict[str, Start] = {
        name: partial(program, command, speech, PEERS)
        for name, (command, speech) in commands.items()
        if there[command[0]]
    }
    return starts, [f"{name} is left out: it is not installed." for name in commands if name not in starts]


@contextmanager
def database() -> Iterator[tuple[Databases, Postgres]]:
    """Run a PostgreSQL for all that is measured."""
    with tempfile.TemporaryDirectory(prefix="hubbub-") as directory, postgres(Path(directory)) as databases:
        yield databases, Postgres(Path(directory) / "postgres")


def ours(databases: Databases) -> dict[str, Start]:
    """Return Hubbub, by the format of its streams."""
    return {f"Hubbub, {form.upper()}": partial(hubbub, databases, form) for form in ("html", "json")}
