"""A whole performance: people talk, faults happen, all is put right, and the checker judges."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx

from tests.faults.audit.checker import check, check_departures, check_log
from tests.faults.audit.clients import Person, Poster, Streamer
from tests.faults.audit.faults import UNNOTICED, Fault
from tests.faults.audit.stage import Stage
from tests.faults.audit.topologies import Topology
from tests.faults.audit.witness import Departure, Json, Seen, Span, Witness

STREAMERS, POSTERS = 4, 2
CALM = (0.2, 2)  # seconds of talk before and between faults: sometimes the next comes amid the return
SETTLING = 60.0  # seconds in which everything that waits must have been sent
HISTORY = "select id, key, body, rev from messages order by id"
PRESENCE = 20.0  # seconds in which presence must be right again, after any fault


@dataclass
class Report:
    """What was done and found."""

    topology: str
    seed: int
    sent: int = 0
    acknowledged: int = 0
    # Messages that were edited or deleted.
    changed: int = 0
    stored: int = 0
    reconnections: int = 0
    resets: int = 0
    departures: int = 0
    longest_wait: float = 0.0
    awaited: str = ""
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    # While these went wrong nobody should have noticed anything.
    unnoticed: list[Span] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Tell it to a person."""
        faults = ", ".join(f"{name} ×{count}" for name, count in sorted(self.faults.items())) or "none"
        verdict = "every promise kept" if not self.broken else "\n".join(["BROKEN:", *self.broken])
        return (
            f"{self.topology}, seed {self.seed}: {self.sent} sent, {self.acknowledged} acknowledged, "
            f"{self.changed} changed, {self.stored} stored in {self.seconds:.0f} s; "
            f"{self.reconnections} reconnections, {self.resets} resets, {self.departures} departures, "
            f"longest wait {self.longest_wait:.1f} s ({self.awaited})\nfaults: {faults}\n{verdict}"
        )


async def play(topology: Topology, faults: Iterable[Fault], seed: int) -> Report:
    """Put on a performance with these faults, one after the other, and return what was found."""
    with TemporaryDirectory(prefix="hubbub-") as directory:
        async with topology.stage(Path(directory)) as stage:
            return await Performance(stage, seed).play(faults)


class Performance:
    """People on a stage."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._stage = stage
        # Of its own, so that what the people draw meanwhile changes no fault.
        self._random = Random(seed)  # noqa: S311 as it is to be repeated
        self._report = Report(stage.name, seed)
        self._people: list[Person] = [
            *(Streamer(stage.link.url, f"Streamer {number}", seed) for number in range(STREAMERS)),
            *(Poster(stage.link.url, f"Poster {number}", seed) for number in range(POSTERS)),
        ]
        self._witnesses = [person.witness for person in self._people]

    async def play(self, faults: Iterable[Fault]) -> Report:
        """Let people talk while things go wrong, wait until all that was said is there, and judge."""
        began = time.monotonic()
        lives = [asyncio.create_task(person.run()) for person in self._people]
        try:
            await self._talk(faults)
            if not await self._settle():
                await self._end(lives)
            await self._judge()
        finally:
            await self._end(lives)
        self._report.seconds = time.monotonic() - began
        return self._report

    async def _end(self, lives: Sequence["asyncio.Task[None]"]) -> None:
        """Send everybody home; what they saw is complete only if they stay until it is judged."""
        for life, witness in zip(lives, self._witnesses, strict=True):
            life.cancel()
            witness.follows = False
        await asyncio.wait(lives)

    async def _talk(self, faults: Iterable[Fault]) -> None:
        talks = [asyncio.create_task(life) for person in self._people for life in (person.talk(), person.change())]
        try:
            for fault in faults:
                await asyncio.sleep(self._random.uniform(*CALM))
                await self._suffer(fault)
            await asyncio.sleep(self._random.uniform(*CALM))
        finally:
            for talk in talks:
                talk.cancel()
            await asyncio.wait(talks)

    async def _suffer(self, fault: Fault) -> None:
        name = fault.__name__
        try:
            if fault in UNNOTICED and len(self._stage.machines) > 1:
                await self._calm()
                began = time.time()
                await self._go_wrong(fault)
                await self._stage.swept()  # until then who did not return is shown as here
                self._report.unnoticed.append(Span(name, began, time.time()))
            else:
                await self._go_wrong(fault)
        except Exception as error:
            error.add_note(f"amid {name} with {self._stage.name}, seed {self._report.seed}")
            raise
        self._report.faults[name] += 1

    async def _go_wrong(self, fault: Fault) -> None:
        for witness in self._witnesses:
            witness.amid = fault.__name__
        await fault(self._stage, self._random)
        for witness in self._witnesses:
            witness.amid = f"what {fault.__name__} left"

    async def _calm(self) -> None:
        """Wait until what went wrong before is over for everybody, or should be: in the end it is judged."""
        await self._stage.swept()
        with suppress(TimeoutError):
            async with asyncio.timeout(PRESENCE):
                while await self._is_somebody_away():  # noqa: ASYNC110 as it is about what a page would show
                    await asyncio.sleep(0.2)

    async def _is_somebody_away(self) -> bool:
        try:
            return bool(_check_presence(self._witnesses, await _read_users(self._stage.link.url)))
        except httpx.HTTPError:
            return True

    async def _settle(self) -> bool:
        """Wait until everybody has sent everything, and return whether they could: if not, a promise is broken."""
        try:
            async with asyncio.timeout(SETTLING):
                for person in self._people:
                    await person.outbox.empty.wait()
        except TimeoutError:
            waiting = [person.witness.name for person in self._people if not person.outbox.empty.is_set()]
            self._report.broken.append(f"cannot send after {SETTLING:.0f} s: {waiting}")
            return False
        return True

    async def _judge(self) -> None:
        """Check until every promise is kept, or the bound is over in which presence has to converge."""
        broken = ["the room could not be read"]
        with suppress(TimeoutError):
            async with asyncio.timeout(PRESENCE):
                while broken:
                    await asyncio.sleep(0.2)
                    try:
                        broken = await self._look()
                    except httpx.HTTPError as error:
                        broken = [f"a server does not answer: {error!r}"]
        self._report.broken += broken
        departures = [Departure(*row) for row in await self._stage.query("select name, at from departures")]
        self._report.departures = len(departures)
        self._report.broken += check_departures(self._witnesses, departures, self._report.unnoticed)
        for machine in self._stage.machines:
            self._report.broken += check_log(machine.log)
        self._sum_up()

    async def _look(self) -> list[str]:
        """Return what is wrong just now."""
        history = [
            Seen(row["id"], str(row["key"]), row["body"], row["rev"]) for row in await self._stage.query(HISTORY)
        ]
        self._report.stored = len(history)
        users, *others = [await _read_users(machine.url) for machine in self._stage.machines]
        broken = [*check(self._witnesses, history, users), *_check_presence(self._witnesses, users)]
        return broken + ["servers list different users" for listed in others if listed != users]

    def _sum_up(self) -> None:
        report, witnesses = self._report, self._witnesses
        report.sent = sum(len(witness.sent) for witness in witnesses)
        report.acknowledged = sum(len(witness.acknowledged) for witness in witnesses)
        report.changed = sum(len(witness.changed) for witness in witnesses)
        report.reconnections = sum(witness.reconnections for witness in witnesses)
        report.resets = sum(witness.resets for witness in witnesses)
        patient = max(witnesses, key=lambda witness: witness.longest_wait)
        report.longest_wait, report.awaited = patient.longest_wait, patient.awaited


def _check_presence(witnesses: Sequence[Witness], users: Sequence[Json]) -> list[str]:
    online = {user["name"] for user in users if user["online"]}
    here = {witness.name for witness in witnesses if witness.follows}
    return [] if online == here else [f"online are {sorted(online)}, but here are {sorted(here)}"]


async def _read_users(url: str) -> list[Json]:
    async with httpx.AsyncClient(base_url=url) as http:
        users: list[Json] = (await http.get("/api/users", params={"limit": 200})).raise_for_status().json()["users"]
        return users
