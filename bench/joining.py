"""Joining: what one person costs, alone and in a storm of people, and how a full room comes back from a `kill -9`."""

import asyncio
import http.client
import json
import selectors
import signal
import socket
import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from urllib.request import urlopen

import asyncpg
import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.pages import load
from bench.sides import INSIDE, UNLIMITED, Side, database, hubbub, join, speech_of
from bench.throng import READ, Throng
from bench.watchers import WATCHERS, Watch
from tests.support.databases import Databases
from tests.support.servers import serving

GRACE = 4.0  # seconds after which who has gone is offline
READERS = 16
PACE = 200  # people per second who come when nobody else is there …
VISIT = 20  # … of whom so many are there at a time


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    alone: int = 1_000  # people, one after the other
    there: int = 5_000  # people who are there when …
    rate: int = 1_000  # … so many per second come for some seconds, and then go
    seconds: float = 4.0
    streams: int = 10_000  # that come back after a kill


QUICK = Effort(100, 300, 200, 1.0, 500)
MISSED = 50  # messages that those who come back have missed
PEOPLE = 100  # to whom their streams belong


class Costs:
    """CPU seconds of the server and of PostgreSQL for each of some people, from one reading to the next."""

    def __init__(self, side: Side, postgres: Postgres) -> None:
        self._side, self._postgres = side, postgres
        self._last = self._read()

    def _read(self) -> tuple[float, float]:
        return cpu_of(self._side.process), self._postgres.cpu

    def read(self, people: int) -> dict[str, float]:
        """Return what each cost."""
        (cpu, stored), self._last = self._last, self._read()
        return {"cpu": (self._last[0] - cpu) / people, "postgres": (self._last[1] - stored) / people}


def alone(databases: Databases, postgres: Postgres, effort: Effort) -> dict[str, object]:
    """Let people join by the form, load the page, and come one after the other; nobody else is there."""
    with hubbub(databases) as side:
        connection = http.client.HTTPConnection("127.0.0.1", side.port)
        costs, people = Costs(side, postgres), range(effort.alone)
        cookies = [join_by_form(connection, f"person {number}") for number in people]
        steps = {"form": costs.read(effort.alone)}
        for cookie in cookies:
            load(connection, cookie)
        steps["page"] = costs.read(effort.alone)
        throng = Throng(side.port, side.speech)
        begun = time.perf_counter()
        for number, cookie in enumerate(cookies):
            throng.let_in([speech_of("", cookie=cookie)])
            throng.rest(begun + number / PACE - time.perf_counter())
            if len(throng.streams) > VISIT:
                throng.leave(0)
        while throng.streams:
            throng.leave(0)
        time.sleep(GRACE)
        steps["stream"] = costs.read(effort.alone)
        throng.close()
    for step, cost in steps.items():
        print(f"  {step}: {cost['cpu'] * 1000:.2f} ms CPU, PostgreSQL {cost['postgres'] * 1000:.2f} ms", flush=True)
    return {"people": effort.alone, **steps}


def join_by_form(connection: http.client.HTTPConnection, name: str) -> str:
    """Join, and return the cookie."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/join", urlencode({"name": name}), form)
    answer = connection.getresponse()
    answer.read()
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


class Readers:
    """Load the page of the room for one person after the other, over some connections at once."""

    def __init__(self, port: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._free = [socket.create_connection(("127.0.0.1", port)) for _ in range(READERS)]
        for connection in self._free:
            self._selector.register(connection, selectors.EVENT_READ)
        self._waiting: deque[str] = deque()
        self.read = 0

    def load(self, token: str) -> None:
        """Load it for somebody, as soon as a connection is free."""
        self._waiting.append(token)
        self.turn()

    def turn(self) -> None:
        """Take in what has arrived, and ask for what waits."""
        for key, _ in self._selector.select(0):
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(READ)
            assert data or not self._waiting, "a connection was closed"
            if data.endswith(b"</html>"):
                self.read += 1
                self._free.append(key.fileobj)
        while self._free and self._waiting:
            token, connection = self._waiting.popleft(), self._free.pop()
            connection.sendall(
                f"GET /room HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )

    def close(self) -> None:
        """Close the connections, once all has been read."""
        while self._waiting or len(self._free) < READERS:
            self.turn()
        for connection in self._free:
            connection.close()


def rush(databases: Databases, postgres: Postgres, effort: Effort) -> dict[str, object]:
    """Let people come into an empty room."""
    return storm(databases, postgres, replace(effort, there=0, seconds=effort.alone / effort.rate))


def storm(databases: Databases, postgres: Postgres, effort: Effort) -> dict[str, object]:
    """Let people come into a full room, many per second, each by the page and then a stream, and let them go.

    All have different names.
    """
    with hubbub(databases) as side:
        newcomers = int(effort.rate * effort.seconds)
        names = tokens(side.port, effort.there + newcomers + WATCHERS)
        throng = Throng(side.port, side.speech)
        throng.let_in([speech_of(next(names), "json")])
        throng.let_in(speech_of(next(names)) for _ in range(1 + effort.there))
        watch = Watch(throng)
        watch.until_known()
        readers, delays = Readers(side.port), list[float]()
        phases = {}
        for phase in ("come", "go"):
            begun, costs = time.perf_counter(), Costs(side, postgres)
            watch.begin()
            for number in range(newcomers):
                watch.listen(begun + number / effort.rate)
                readers.turn()
                if phase == "come":
                    token = next(names)
                    readers.load(token)
                    throng.connect(speech_of(token))
                else:
                    throng.leave(-1)
            took = time.perf_counter() - begun
            watch.until_known()
            delays = delays or watch.delays()
            whole = time.perf_counter() - begun
            phases[phase] = {
                "rate": newcomers / took,
                **costs.read(newcomers),
                "bytes": watch.bytes / whole,
                "known_after": whole - took,
            }
            print(f"  storm, they {phase}: {described(phases[phase])}", flush=True)
        throng.close()
        readers.close()
        assert readers.read == newcomers, "a page is lost"
    print(f"  counted after {statistics.median(delays):.2f} s (median), {max(delays):.2f} s at most", flush=True)
    return {"there": effort.there, "wanted": effort.rate, "people": newcomers, **phases, "counted_after": delays}


def described(phase: dict[str, float]) -> str:
    """Return it as one line."""
    return (
        f"{phase['rate']:,.0f}/s; {phase['cpu'] * 1000:.1f} ms CPU each, PostgreSQL {phase['postgres'] * 1000:.2f} ms;"
        f" {phase['bytes']:,.0f} bytes/s to one; all known after {phase['known_after']:.1f} s"
    )


def tokens(port: int, people: int) -> Iterator[str]:
    """Let people join, and yield their tokens."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found = []
    for number in range(people):
        connection.request(
            "POST", "/api/join", json.dumps({"name": f"guest {number}"}), {"Content-Type": "application/json"}
        )
        found.append(str(json.load(connection.getresponse())["token"]))
    return iter(found)


def kill(databases: Databases, postgres: Postgres, effort: Effort) -> dict[str, object]:
    """Kill a server with many streams, and let all come back to a new one, each with messages it has missed."""
    with databases.fresh() as url:
        with serving(url, None, inside=INSIDE, **UNLIMITED) as server:
            port, rev = server.port, head(server.port)
            people = [join(port, f"person {number}") for number in range(PEOPLE)]
            throng = Throng(port, speech_of(people[0]))
            throng.let_in(speech_of(people[number % PEOPLE]) for number in range(effort.streams))
            throng.begin()
            for _ in range(MISSED):
                throng.say()
            throng.settle()
            asyncio.run(log_statements(postgres, url, on=True))
            begun = time.perf_counter()
            server.stop(signal.SIGKILL)
            throng.close()
        with (
            postgres.counting() as statements,
            serving(url, None, port=str(port), inside=INSIDE, **UNLIMITED) as server,
        ):
            ready = time.perf_counter()
            process = psutil.Process(server.process.pid)
            cpu = cpu_of(process)
            throng = Throng(port, speech_of(people[0]))
            again = [speech_of(person, query=f"?after={rev}") for person in people]
            throng.let_in(again[number % PEOPLE] for number in range(effort.streams))
            while throng.deliveries < MISSED * effort.streams:
                throng.turn(0.1)
            done = time.perf_counter()
            cpu = cpu_of(process) - cpu
            throng.close()
        asyncio.run(log_statements(postgres, url, on=False))
    result = {"start": ready - begun, "back": done - ready, "cpu": cpu / effort.streams, "queries": dict(statements)}
    print(
        f"  kill -9 with {effort.streams:,} streams: a new server after {ready - begun:.1f} s, all back and"
        f" caught up {done - ready:.1f} s later, {cpu / effort.streams * 1000:.2f} ms CPU each,"
        f" {sum(statements.values())} queries"
    )
    return {"streams": effort.streams, "missed": MISSED, **result}


def head(port: int) -> int:
    """Return where the room is."""
    with urlopen(f"http://127.0.0.1:{port}/api/changes?limit=200") as answer:
        return int(json.load(answer)["rev"])


async def log_statements(postgres: Postgres, url: str, *, on: bool) -> None:
    """Let statements be logged, or not."""
    connection = await asyncpg.connect(url)
    try:
        await postgres.log_statements(connection, on=on)
    finally:
        await connection.close()


def measure(effort: Effort) -> dict[str, object]:
    """Measure all of them."""
    with database() as (databases, postgres):
        return {play.__name__: play(databases, postgres, effort) for play in (alone, rush, storm, kill)}


if __name__ == "__main__":
    make("joining", measure, Effort(), QUICK)
