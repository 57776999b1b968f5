"""The writer: one task per process that commits everything that waits as one statement.

It owns its mailbox. Drafts are committed in the order in which `say` was called, so a person's
messages keep their order. Batching needs no timer: while one batch is on its way, the next gathers.
"""

import asyncio
from asyncio import Future
from collections import deque

from hubbub.errors import Refused, TooMany, Unavailable
from hubbub.metrics import WRITER_BATCH, WRITER_WAITING
from hubbub.room.ports import Bell, Draft, Log, Said

BATCH = 1_000  # drafts in one statement
WAITING = 20_000  # drafts that may wait; more than the database commits in a second


class Writer:
    """Takes drafts at any time and commits them in `run`."""

    def __init__(self, log: Log, bell: Bell) -> None:
        self._log = log
        self._bell = bell
        # What waits to be committed, oldest first. It outlives a crash of the task.
        self._mailbox: deque[tuple[Draft, Future[Said]]] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def say(self, draft: Draft) -> Future[Said]:
        """Put a draft with a valid body into the mailbox; the future is done once it is committed.

        It fails with `Unavailable` if it is not known to be committed (say it again with the same
        key), with `Refused` (`not_joined`) for an unknown user, and with `TooMany` when too much waits.
        """
        future: Future[Said] = asyncio.get_running_loop().create_future()
        if len(self._mailbox) >= WAITING:
            future.set_exception(TooMany("The room is very busy. Try again.", retry_after=1.0))
            return future
        self._mailbox.append((draft, future))
        self._filled.set()
        self._empty.clear()
        return future

    async def flushed(self) -> None:
        """Return when nothing waits and nothing is on its way."""
        await self._empty.wait()

    async def run(self) -> None:
        """Commit for ever what `say` gathers."""
        while True:
            await self._filled.wait()
            try:
                await self._commit([self._mailbox.popleft() for _ in range(min(BATCH, len(self._mailbox)))])
            finally:
                if not self._mailbox:
                    self._filled.clear()
                    self._empty.set()

    async def _commit(self, batch: list[tuple[Draft, Future[Said]]]) -> None:
        WRITER_WAITING.set(len(self._mailbox))
        try:
            said = await self._log.append([draft for draft, _ in batch])
        except BaseException as error:
            # Whatever went wrong, even the end of this task: nobody may wait for ever.
            for _, future in batch:
                _fail(future)
            if not isinstance(error, Unavailable):
                raise
        else:
            WRITER_BATCH.observe(len(batch))
            for (_, future), one in zip(batch, said, strict=True):
                _answer(future, one)
            self._bell.ring()


def _answer(future: "Future[Said]", said: Said | None) -> None:
    if future.done():  # whoever asked has gone
        return
    if said is None:
        future.set_exception(Refused("not_joined", "This room does not know you. Join again."))
    else:
        future.set_result(said)


def _fail(future: "Future[Said]") -> None:
    if not future.done():
        future.set_exception(Unavailable())
