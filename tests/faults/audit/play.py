"""A whole performance: people talk, faults happen, all is put right, and the checker judges."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import asyncpg
import httpx

from tests.faults.audit.checker import check
from tests.faults.audit.clients import Person, Poster, Streamer
from tests.faults.audit.faults import Fault
from tests.faults.audit.stage import Stage
from tests.faults.audit.witness import Json, Seen, Witness

STREAMERS, POSTERS = 4, 2
WARM_UP = 1.0  # seconds of talk before, between and after faults
SETTLING = 60.0  # seconds in which everything that waits must have been sent
PRESENCE = 20.0  # seconds in which presence must be right again, after any fault


@dataclass
class Report:
    """What was done and found."""

    seed: int
    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    reconnections: int = 0
    resets: int = 0
    longest_wait: float = 0.0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Tell it to a person."""
        faults = ", ".join(f"{name} ×{count}" for name, count in sorted(self.faults.items())) or "none"
        verdict = "every promise kept" if not self.broken else "\n".join(["BROKEN:", *self.broken])
        return (
            f"seed {self.seed}: {self.sent} sent, {self.acknowledged} acknowledged, {self.stored} stored "
            f"in {self.seconds:.0f} s; {self.reconnections} reconnections, {self.resets} resets, "
            f"longest wait {self.longest_wait:.1f} s\nfaults: {faults}\n{verdict}"
        )


async def play(stage: Stage, faults: Iterable[Fault], seed: int) -> Report:
    """Put on a performance with these faults, one after the other, and return what was found."""
    random = Random(seed)  # noqa: S311 as it is to be repeated
    report = Report(seed)
    began = time.monotonic()
    people: list[Person] = [
        *(Streamer(stage.link.url, f"Streamer {seed}.{number}", random) for number in range(STREAMERS)),
        *(Poster(stage.link.url, f"Poster {seed}.{number}", random) for number in range(POSTERS)),
    ]
    lives = [asyncio.create_task(person.run()) for person in people]
    try:
        await _talk(people, faults, stage, random, report)
        await _settle(people, report)
        await _judge(people, stage, report)
    finally:
        for life in lives:
            life.cancel()
        await asyncio.wait(lives)
    report.seconds = time.monotonic() - began
    return report


async def _talk(
    people: Sequence[Person], faults: Iterable[Fault], stage: Stage, random: Random, report: Report
) -> None:
    talks = [asyncio.create_task(person.talk()) for person in people]
    try:
        await asyncio.sleep(WARM_UP)
        for fault in faults:
            await fault(stage, random)
            report.faults[fault.__name__] += 1
            await asyncio.sleep(WARM_UP)
    finally:
        for talk in talks:
            talk.cancel()
        await asyncio.wait(talks)


async def _settle(people: Sequence[Person], report: Report) -> None:
    """Wait until everybody has sent everything; who cannot is a broken promise."""
    try:
        async with asyncio.timeout(SETTLING):
            for person in people:
                await person.outbox.empty.wait()
    except TimeoutError:
        waiting = [person.witness.name for person in people if not person.outbox.empty.is_set()]
        report.broken.append(f"cannot send after {SETTLING:.0f} s: {waiting}")


async def _judge(people: Sequence[Person], stage: Stage, report: Report) -> None:
    """Check until every promise is kept, or the bound is over in which presence has to converge."""
    witnesses = [person.witness for person in people]
    broken, history = ["the room could not be read"], list[Seen]()
    with suppress(TimeoutError):
        async with asyncio.timeout(PRESENCE):
            while broken:
                await asyncio.sleep(0.2)
                history, users = await _read_history(stage.dsn), await _read_users(stage.server.url)
                broken = [*check(witnesses, history, users), *_check_presence(witnesses, users)]
    report.broken += broken
    report.stored = len(history)
    report.sent = sum(len(witness.sent) for witness in witnesses)
    report.acknowledged = sum(len(witness.acknowledged) for witness in witnesses)
    report.reconnections = sum(witness.reconnections for witness in witnesses)
    report.resets = sum(witness.resets for witness in witnesses)
    report.longest_wait = max(witness.longest_wait for witness in witnesses)


def _check_presence(witnesses: Sequence[Witness], users: Sequence[Json]) -> list[str]:
    online = {user["name"] for user in users if user["online"]}
    here = {witness.name for witness in witnesses if witness.follows}
    return [] if online == here else [f"online are {sorted(online)}, but here are {sorted(here)}"]


async def _read_history(dsn: str) -> list[Seen]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select id, key, body from messages order by id")
    finally:
        await connection.close()
    return [Seen(row["id"], str(row["key"]), row["body"]) for row in rows]


async def _read_users(url: str) -> list[Json]:
    async with httpx.AsyncClient(base_url=url) as http:
        users: list[Json] = (await http.get("/api/users", params={"limit": 200})).raise_for_status().json()["users"]
        return users
