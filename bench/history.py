"""Pages and history: what they cost in a room with a million messages and a hundred thousand users."""

import asyncio
import http.client
import re
import statistics
import time
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import asyncpg
import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.sides import INSIDE, UNLIMITED, database, join
from hubbub import web
from tests.support.servers import Server, serving

STATIC = Path(web.__file__).parent / "static"
FILL = (
    """
    insert into users (name, name_key, last_seen_at, rev)
    select 'person ' || n, 'person ' || n, now(), n from generate_series(1, {users}) n
    """,
    """
    insert into messages (id, rev, user_id, key, body, created_at)
    select {users} + n, {users} + n, 1 + n % {users}, gen_random_uuid(), 'message ' || n || repeat(' x', 50), now()
    from generate_series(1, {messages}) n
    """,
    "update room set rev = {users} + {messages}, total = {users}",
    "vacuum analyze",
)


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    users: int = 100_000
    messages: int = 1_000_000
    times: int = 200  # each page


QUICK = Effort(2_000, 20_000, 20)


async def fill(url: str, effort: Effort) -> None:
    """Let people have talked for long."""
    connection = await asyncpg.connect(url)
    try:
        for statement in FILL:
            await connection.execute(statement.format(users=effort.users, messages=effort.messages), timeout=300)
    finally:
        await connection.close()


class Reader:
    """One who reads, over one connection."""

    def __init__(self, server: Server, postgres: Postgres) -> None:
        self._process = psutil.Process(server.process.pid)
        self._postgres = postgres
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self._session = {"Authorization": f"Bearer {join(server.port, 'reader')}"}

    def places(self, effort: Effort) -> dict[str, str]:
        """Return what is asked for, by what it is."""
        head, middle = effort.users + effort.messages, effort.users + effort.messages // 2
        following = re.search(rb'"(/people\?after=[^"]+)"', self._get("/room"))
        assert following
        return {
            "lobby": "/",
            "room": "/room",
            "history, half-way": f"/room?before={middle}",
            "history, nearly the oldest": f"/room?before={effort.users + 60}",
            "people, the second window": unescape(following[1].decode()),
            "API: newest messages": "/api/messages",
            "API: messages, half-way": f"/api/messages?before={middle}",
            "API: users, half-way": f"/api/users?after={effort.users // 2}",
            "API: a name that all have": "/api/users?q=person",
            "API: a name that few have": f"/api/users?q=son+{effort.users - 1}",
            "API: a name that nobody has": "/api/users?q=nobody",
            "API: the last 50 changes": f"/api/changes?after={head - 50}",
            "API: changes, half-way": f"/api/changes?after={middle}",
            "API: changes from the start": "/api/changes?after=0",
        }

    def ask(self, name: str, place: str, times: int) -> dict[str, float]:
        """Return what one page costs, and how long it takes."""
        for _ in range(3):  # to fill caches
            size = len(self._get(place))
        took, begun = [], (cpu_of(self._process), self._postgres.cpu)
        for _ in range(times):
            before = time.perf_counter()
            self._get(place)
            took.append(time.perf_counter() - before)
        used = cpu_of(self._process), self._postgres.cpu
        cpu, stored = ((now - then) / times for now, then in zip(used, begun, strict=True))
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        print(
            f"  {name:28} {size:6,} bytes, CPU {cpu * 1000:.1f} ms, PostgreSQL {stored * 1000:.1f} ms;"
            f" p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms",
            flush=True,
        )
        return {"cpu": cpu, "postgres": stored, "bytes": size, "p50": cuts[49], "p99": cuts[98]}

    def _get(self, place: str) -> bytes:
        self._connection.request("GET", place, headers=self._session)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (place, answer.status, body)
        return body


def measure(effort: Effort) -> dict[str, object]:
    """Ask for each page many times, one after the other."""
    with database() as (databases, postgres), databases.fresh() as url:
        asyncio.run(fill(url, effort))
        with serving(url, None, inside=INSIDE, **UNLIMITED) as server:
            reader = Reader(server, postgres)
            pages = {name: reader.ask(name, place, effort.times) for name, place in reader.places(effort).items()}
    parts = [*STATIC.glob("*.css"), *STATIC.glob("*.js")]
    visit = int(pages["room"]["bytes"]) + sum(part.stat().st_size for part in parts)
    print(f"  a first visit of the room: {visit:,} bytes")
    return {"users": effort.users, "messages": effort.messages, "pages": pages, "visit": visit}


if __name__ == "__main__":
    make("history", measure, Effort(), QUICK)
