"""Pages and history: what they cost in a room with a million messages and a hundred thousand users."""

import asyncio
import http.client
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.sides import INSIDE, UNLIMITED, database, join
from hubbub import web
from hubbub.room.finding import Wanted
from hubbub.store.database import Database
from hubbub.store.findings import PostgresFindings
from hubbub.store.log import PostgresLog
from hubbub.store.roster import PostgresRoster
from hubbub.web.searching import FOUND
from tests.support.long_past import index_all, let_pass
from tests.support.servers import Server, serving
from tests.support.sessions import session

STATIC = Path(web.__file__).parent / "static"


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    users: int = 100_000
    messages: int = 1_000_000
    times: int = 200  # each page


QUICK = Effort(2_000, 20_000, 20)
MANY = 50  # rows of an answer

FREQUENT, LESS = "cw", "cic"  # words of the following
# What the n-th says: a few of 20,000 words, some of them in most messages and most of them in few; now and then
# in Chinese signs.
TALK = """
    (
        select string_agg(
            translate(substr(md5(word::text), 1, 2 + word % 8), '0123456789abcdef', 'etaoinshrdlucmfw'), ' '
        )
        from (select floor(20000 * power(random(), 4))::int as word from generate_series(1, 5 + n % 15)) spoken
    )
    || case when n % 50 = 0 then ' 東京から大阪まで' else '' end
    || case when n % 1000 = 0 then ' number ' || n else '' end
"""


def searches(effort: Effort) -> dict[str, tuple[str, int]]:
    """Return what is looked for in names, and after which id: six of ten are persons, the last one is a guest."""
    half, persons, guests = (int(effort.users * share) for share in (0.5, 0.6, 0.9))
    return {
        "a letter that nearly all have": ("e", 0),
        "a letter that all have, half-way": ("p", half),
        "a letter, after all who have it": ("p", persons),
        "a letter that nobody has": ("é", 0),
        "two letters that most have": ("er", 0),
        "two letters that a tenth has, far away": ("gu", 0),
        "two letters that nobody has": ("zz", 0),
        "a word that most have": ("person", 0),
        "a word, after all who have it": ("person", persons),
        "a word that a tenth has, far away": ("guest", 0),
        "a word and a digit, nearly at the end": ("guest 9", guests + (effort.users - guests) // 2),
        "a name": (f"guest {effort.users}", 0),
        "words that all are in some names": ("rson guest", 0),
        "words that nobody has": ("nobody like this", 0),
    }


def wanted(effort: Effort) -> dict[str, tuple[str, int | None]]:
    """Return what is looked for in messages, and before which id."""
    middle = effort.users + effort.messages // 2
    return {
        "a word that most have": (FREQUENT, None),
        "a word that most have, half-way": (FREQUENT, middle),
        "two words that many have": (f"{FREQUENT} {LESS}", None),
        "part of many words": ("eta", None),
        "parts of many words that no word has together": ("etaota", None),
        "a word that few have": ("number", None),
        "a word that few have, the oldest": ("number", effort.users + effort.messages // 100),
        "what one has": (f"number {effort.messages // 2000 * 1000}", None),
        "words that nobody has": ("nothing like this", None),
        "in Chinese signs": ("東京", None),
        "in Chinese signs, two words": ("京か 大阪", None),
        "in Chinese signs, what nobody has": ("京東", None),
    }


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
            **{
                f"API: {what}": f"/api/users?{urlencode({'q': part, 'after': after})}"
                for what, (part, after) in searches(effort).items()
            },
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
        print(f"  {name:44} {size:6,} bytes, CPU {cpu * 1000:.1f} ms, PostgreSQL {stored * 1000:.1f} ms", end="; ")
        return {"cpu": cpu, "postgres": stored, "bytes": size, **spread(took)}

    def _get(self, place: str) -> bytes:
        self._connection.request("GET", place, headers=self._session)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (place, answer.status, body)
        return body


def spread(took: list[float]) -> dict[str, float]:
    """Show and return how long things took."""
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    print(f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms", flush=True)
    return {"p50": cuts[49], "p99": cuts[98]}


def questions(database: Database, effort: Effort) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what the pages ask of the store, by what it is."""
    log, roster = PostgresLog(database), PostgresRoster(database)
    head, middle = effort.users + effort.messages, effort.users + effort.messages // 2
    return {
        "where the room is": log.head,
        "newest messages": partial(log.page, None, MANY),
        "messages, half-way": partial(log.page, middle, MANY),
        "messages, the oldest": partial(log.page, effort.users + MANY, MANY),
        "the list": partial(roster.listing, None, MANY),
        "the list, half-way": partial(roster.listing, f"offline:person {effort.users // 2}", MANY),
        "users, half-way": partial(roster.people, "", effort.users // 2, MANY),
        **{what: partial(roster.people, part, after, MANY) for what, (part, after) in searches(effort).items()},
        "the last 50 changes": partial(log.changes, head - MANY, MANY),
        "changes, half-way": partial(log.changes, middle, MANY),
        "changes from the start": partial(log.changes, 0, MANY),
    }


def findings(database: Database, effort: Effort) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what is looked for, by what it is."""
    return {
        what: partial(PostgresFindings(database).find, Wanted.parse(query), before, FOUND + 1)
        for what, (query, before) in wanted(effort).items()
    }


Questions: TypeAlias = Callable[[Database, Effort], dict[str, Callable[[], Awaitable[object]]]]


async def question(url: str, effort: Effort, asked: Questions) -> dict[str, dict[str, float]]:
    """Ask each question many times, over one connection."""
    database = Database(url, 1)
    answered = {}
    for name, ask in asked(database, effort).items():
        for _ in range(3):  # to fill caches
            await ask()
        took = []
        for _ in range(effort.times):
            before = time.perf_counter()
            await ask()
            took.append(time.perf_counter() - before)
        print(f"  query: {name:44}", end="")
        answered[name] = spread(took)
    await database.close()
    return answered


async def size(url: str) -> dict[str, float]:
    """Return how many bytes per message what it is found by takes, and how many the messages themselves."""
    async with session(url) as connection:
        held = {
            table: await connection.fetchval(
                f"select pg_total_relation_size('{table}')::float / (select count(*) from messages)"  # noqa: S608 as both are named here
            )
            for table in ("messages", "findings")
        }
    print("  bytes per message:", held)
    return held


def measure(effort: Effort) -> dict[str, object]:
    """Ask for each page many times, one after the other, and for what the pages ask."""
    with database() as (databases, postgres), databases.fresh() as url:
        asyncio.run(let_pass(url, effort.users, effort.messages, TALK))
        asyncio.run(index_all(url))
        held = asyncio.run(size(url))
        queries = asyncio.run(question(url, effort, questions))
        found = asyncio.run(question(url, effort, findings))
        with serving(url, None, inside=INSIDE, **UNLIMITED) as server:
            reader = Reader(server, postgres)
            pages = {name: reader.ask(name, place, effort.times) for name, place in reader.places(effort).items()}
    parts = [*STATIC.glob("*.css"), *STATIC.glob("*.js")]
    visit = int(pages["room"]["bytes"]) + sum(part.stat().st_size for part in parts)
    print(f"  a first visit of the room: {visit:,} bytes")
    asked = {"queries": queries, "found": found, "index": held}
    return {"users": effort.users, "messages": effort.messages, "pages": pages, **asked, "visit": visit}


if __name__ == "__main__":
    make("history", measure, Effort(), QUICK)
