"""What all buses between processes do alike; each adds the line that it sends and hears over.

A line that is lost ends `run`, and the supervisor starts it again: one way to come back, for all of them.
What is to be told is gathered: while one sending is on its way, any number of rings become the next one.
"""

import asyncio
import json
from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog

from hubbub.bus.local import LocalBus
from hubbub.errors import Unavailable
from hubbub.room.ports import Note

PATIENCE = 4  # seconds for connecting, and for anything that is sent
CHECK = 10.0  # seconds of silence after which a line has to show that it still leads anywhere
WAITING = 1_000  # notes that may wait to be sent; then the oldest are lost
SIZE = 7_000  # bytes of notes in one sending: PostgreSQL takes less than 8,000
BELL = ""  # what is sent to ring; anything else is notes

log = structlog.get_logger()


class Line(Protocol):
    """A connection to the other processes. What its driver raises becomes `Unavailable` in `SharedBus._line`."""

    def is_lost(self) -> bool:
        """Whether it is known to lead nowhere any more."""

    async def send(self, text: str) -> None:
        """Send to all other processes; returns once it is on its way."""

    async def check(self) -> None:
        """Return if it still leads somewhere."""


class SharedBus(LocalBus):
    """Implements `room.ports.Bell` and `room.ports.Notes` among all processes that run `run`."""

    def __init__(self) -> None:
        super().__init__()
        # Whether the others have yet to hear of a ring of this process, and which notes they lack.
        self._untold = False
        self._notes: deque[Note] = deque(maxlen=WAITING)
        # Set when there is something to send, or the line is lost.
        self._stirred = asyncio.Event()

    def ring(self) -> None:
        """Tell every process that the log has moved; this one at once."""
        super().ring()
        self._untold = True
        self._stirred.set()

    def tell(self, note: Note) -> None:
        """Pass a note to the listeners of every process; to those of this one at once."""
        super().tell(note)
        self._notes.append(note)
        self._stirred.set()

    async def run(self) -> None:
        """Hear and tell for ever; raises `Unavailable` when the line cannot be had or is lost."""
        async with self._line() as line:
            log.info("bus connected")
            self._turn(connected=True)
            super().ring()  # bells may have been missed while nobody listened
            try:
                while not line.is_lost():
                    await self._pass_on(line)
            finally:
                self._turn(connected=False)
        raise Unavailable("The bus is lost: its connection was closed.")

    @abstractmethod
    def _line(self) -> AbstractAsyncContextManager[Line]:
        """Connect. Inside, what others send goes to `_hear`, and the end of the line to `_stirred`."""

    def _hear(self, text: str) -> None:
        """Take what another process has sent."""
        if text == BELL:
            super().ring()
        for note in _read(text):
            super().tell(note)

    async def _pass_on(self, line: Line) -> None:
        """Wait until there is something to send, and send it."""
        try:
            async with asyncio.timeout(CHECK):
                await self._stirred.wait()
        except TimeoutError:
            await line.check()
            return
        self._stirred.clear()
        if self._untold:
            self._untold = False
            await line.send(BELL)
        while self._notes and not line.is_lost():
            await line.send(self._pack())

    def _pack(self) -> str:
        """Take as many notes as fit into one sending."""
        texts = [json.dumps(self._notes.popleft())]
        size = len(texts[0])
        while self._notes and (size := size + len(following := json.dumps(self._notes[0])) + 2) <= SIZE:
            texts.append(following)
            self._notes.popleft()
        return f"[{', '.join(texts)}]"


def _read(text: str) -> Iterator[Note]:
    """Yield the notes in what was sent; what another version may have meant is passed over."""
    try:
        notes = json.loads(text)
    except ValueError:
        return
    if isinstance(notes, list):
        yield from (note for note in notes if isinstance(note, dict))
