"""The feed: one task per process that follows the log and tells the audience.

It holds one number and asks one question: what changed after N? The bell only makes it ask sooner;
the poll is the guarantee.
"""

import time
from dataclasses import replace

import structlog

from hubbub.errors import Unavailable
from hubbub.metrics import BELLS_LOST, FEED_LAG_REVISIONS
from hubbub.room.changes import Changes
from hubbub.room.ports import Bell, Listener, Log

BATCH = 500  # rows in one delivery; bounds the size of a frame
LOOK_BACK = 1_000  # revisions: at most so many rows
POLL = 1.0  # seconds: what a lost bell costs

log = structlog.get_logger()


class Feed:
    """Delivers every change at least once, in order, from shortly before it began."""

    def __init__(self, log: Log, bell: Bell, listener: Listener) -> None:
        self._log = log
        self._bell = bell
        self._listener = listener
        # The revision up to which the listener has been told. It outlives a crash of the task, so
        # nothing is skipped.
        self._rev = 0
        # When it began to ask, until it knows that it is at the head of the log: then None.
        self._unsure_since: float | None = None

    @property
    def lag(self) -> float:
        """For how many seconds it has not known itself at the head of the log; 0 while it does."""
        return 0.0 if self._unsure_since is None else time.monotonic() - self._unsure_since

    async def begin(self) -> None:
        """Start a little before the head of the log, and tell what is new since.

        So the listener knows what those lack who were there a moment ago, before a restart.
        """
        head = await self._log.head()
        self._begin_at(replace(head, rev=max(0, head.rev - LOOK_BACK)))
        found = BATCH
        while found == BATCH:
            changes = await self._log.changes(self._rev, BATCH)
            found = changes.size
            for part in changes.parts() if found else ():
                self._listener.recall(part)
                self._rev = part.rev

    async def run(self) -> None:
        """Follow the log for ever; raises `Unavailable` once the listener knows that the log is away."""
        heard = True
        while True:
            found = await self._look()
            if found and not heard:
                BELLS_LOST.inc()
            heard = found == BATCH or await self._bell.wait(POLL)

    async def _look(self) -> int:
        """Tell what changed since the last look, and return how many rows that were."""
        if self._unsure_since is None:
            self._unsure_since = time.monotonic()
        changes = await self._ask()
        FEED_LAG_REVISIONS.set(max(0, changes.rev - self._rev))
        if changes.rev < self._rev:
            # The database went back: a restored backup, a replica that had not seen the end.
            log.warning("log went back", rev=changes.rev, told=self._rev)
            self._begin_at(changes)
        elif changes.size:
            for part in changes.parts():
                await self._listener.deliver(part)
                # Moved last: a delivery that fails half-way is repeated, which harms nobody.
                self._rev = part.rev
        if changes.size < BATCH:
            self._unsure_since = None
            FEED_LAG_REVISIONS.set(0)
        return changes.size

    async def _ask(self) -> Changes:
        """Ask the one question, and tell whether the log could be asked."""
        try:
            changes = await self._log.changes(self._rev, BATCH)
        except Unavailable:
            await self._listener.away()
            raise
        await self._listener.back()
        return changes

    def _begin_at(self, latest: Changes) -> None:
        self._rev = latest.rev
        self._listener.reset(latest)
