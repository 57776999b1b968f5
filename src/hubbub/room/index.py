"""The index: a task that makes findable what was said, a little after it was said.

It asks what changed after the revision that it has come to, as everybody does. That revision stands in the database and
moves with what is kept, so any number of processes may do this: one gets on, and the others see that it has.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

from hubbub.room.finding import parts, plain
from hubbub.room.ports import Finding, Findings

BATCH = 200  # messages at a time
WEIGHT = 20_000  # characters at a time: to hand over what they are found by takes a few milliseconds
BREATH = 2_000  # characters after which others have their turn: with one long message, a few milliseconds
POLL = 1.0  # seconds between two looks when nothing is left
REST = 19.0  # seconds of rest for each second of work: a flood is indexed after its end, and slows nobody down in it


class Index:
    """Makes messages findable, up to what the log has."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    async def run(self) -> None:
        """Follow the log for ever."""
        while True:
            began = time.monotonic()
            more = await self.advance()
            rest = REST * (time.monotonic() - began)
            await asyncio.sleep(rest if more else max(rest, POLL))

    async def advance(self) -> bool:
        """Make some more messages findable; false if none is left, or if another process does it."""
        unread = await self._findings.unread(BATCH)
        if unread.rev == unread.after:
            return False
        texts = list(_first(unread.texts))
        cut = len(texts) < len(unread.texts)
        rev = texts[-1][1] if cut else unread.rev
        kept = await self._findings.keep(unread, rev, await _read(texts))
        return kept and (unread.is_behind or cut or len(texts) == BATCH)


def _first(texts: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    weight = 0
    for text in texts:
        yield text
        weight += len(text[2])
        if weight >= WEIGHT:
            return


async def _read(texts: Sequence[tuple[int, int, str]]) -> Sequence[Finding]:
    findings, read = [], 0
    for message_id, _, body in texts:
        text = plain(body)
        findings.append(Finding(message_id, text, parts(text)))
        read += len(body)
        if read >= BREATH:
            await asyncio.sleep(0)
            read = 0
    return findings
