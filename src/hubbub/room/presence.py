"""Presence: who is here, and the task that keeps the database told.

`Attendance` is the state machine: plain values, `now` given, no I/O. `Presence` owns one, collects
changes for a tick and writes each tick as one statement, under a lease in database time. What is
written is derived from who is here, so after any failure the next tick puts it right.
"""

import asyncio
import math
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from hubbub.room.ports import Bell, Roster

TICK = 0.25  # seconds between two writes at the least
GRACE = 2.0  # seconds between the last stream's end and leaving: a reload does not flicker
LEASE = 9.0  # seconds after which a silent process is taken for dead
RENEWAL = 2.5  # seconds between renewals: two may fail before the lease runs out
ROWS = 1_000  # users in one write: bounds how long the room's counter is held


@dataclass(frozen=True, slots=True)
class Tick:
    """What is to be written: users who came to this process, and users who left it."""

    arrived: tuple[int, ...]
    departed: tuple[int, ...]


class Attendance:
    """The users of this process: here, leaving, and known to the database."""

    def __init__(self) -> None:
        # Open streams per user. Two tabs are one presence.
        self._streams: Counter[int] = Counter()
        # Users without a stream who are still here, and the time at which they will have left.
        self._leaving: dict[int, float] = {}
        # Users whom the database holds as present here.
        self._written: set[int] = set()
        # Users whom the database may hold as present here: what was written has not been answered.
        self._doubtful: set[int] = set()

    def opened(self, user_id: int) -> None:
        """Count a stream of this user."""
        self._streams[user_id] += 1
        self._leaving.pop(user_id, None)

    def closed(self, user_id: int, now: float, *, grace: float = GRACE) -> None:
        """Forget a stream of this user; with the last one they leave after the grace."""
        self._streams[user_id] -= 1
        if self._streams[user_id] <= 0:
            del self._streams[user_id]
            self._leaving[user_id] = now + grace

    def plan(self, now: float) -> Tick:
        """Return what the database does not know yet, at most `ROWS` of each kind."""
        for user_id in [u for u, deadline in self._leaving.items() if deadline <= now]:
            del self._leaving[user_id]
        here = self._streams.keys() | self._leaving.keys()
        gone = (self._written | self._doubtful) - here
        tick = Tick(tuple(sorted(here - self._written)[:ROWS]), tuple(sorted(gone)[:ROWS]))
        self._doubtful.update(tick.arrived)
        return tick

    def wrote(self, tick: Tick) -> None:
        """Take note that the tick is in the database."""
        self._written.update(tick.arrived)
        self._written.difference_update(tick.departed)
        self._doubtful.difference_update(tick.arrived, tick.departed)

    def forgotten(self) -> None:
        """Take note that the database holds nobody here: the lease was gone."""
        self._written.clear()
        self._doubtful.clear()

    def doubted(self) -> None:
        """Take note that an answer was lost: whoever is here is written again, whoever is not departs again."""
        self._doubtful.update(self._written)
        self._written.clear()

    def next_departure(self) -> float | None:
        """Return the time at which somebody's grace ends."""
        return min(self._leaving.values(), default=None)


class Presence:
    """Writes this process's attendance, renews its lease and sweeps the dead."""

    def __init__(self, roster: Roster, bell: Bell, node: UUID) -> None:
        self._roster = roster
        self._bell = bell
        self._node = node
        self._attendance = Attendance()
        # Set when somebody came or went.
        self._stirred = asyncio.Event()
        # How long somebody is still here after their last stream.
        self._grace = GRACE
        # When the lease must be renewed next, in loop time.
        self._renewal = 0.0

    def opened(self, user_id: int) -> None:
        """A stream of this user has opened: they are here."""
        self._attendance.opened(user_id)
        self._stirred.set()

    def closed(self, user_id: int, *, at_once: bool = False) -> None:
        """A stream of this user has ended; `at_once` if they said that they leave."""
        grace = 0.0 if at_once else self._grace
        self._attendance.closed(user_id, asyncio.get_running_loop().time(), grace=grace)
        self._stirred.set()

    def hold(self) -> None:
        """Sign nobody off any more because their streams end: this process is about to stop.

        They come back elsewhere before the lease runs out; who does not is swept then.
        """
        self._grace = math.inf

    async def run(self) -> None:
        """Keep the database told for ever."""
        # Whatever an earlier run did not see through, writing it again puts right.
        self._renewal = 0.0
        self._attendance.doubted()
        while True:
            await self._keep_lease()
            await self._write()
            await asyncio.sleep(TICK)
            await self._something_to_do()

    async def _keep_lease(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._renewal:
            return
        if await self._roster.renew(self._node, LEASE):
            self._attendance.forgotten()
        self._renewal = now + RENEWAL
        if await self._roster.sweep():
            self._bell.ring()

    async def _write(self) -> None:
        tick = self._attendance.plan(asyncio.get_running_loop().time())
        if not tick.arrived and not tick.departed:
            return
        self._stirred.set()  # there may be more than one tick can carry, and a failure is tried again
        if await self._roster.attend(self._node, tick.arrived, tick.departed):
            self._attendance.wrote(tick)
            self._bell.ring()
        else:
            self._renewal = 0.0

    async def _something_to_do(self) -> None:
        """Return when somebody came or went, a grace ends, or the lease wants renewing."""
        until = min(self._renewal, self._attendance.next_departure() or self._renewal)
        try:
            async with asyncio.timeout_at(until):
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()
