"""Who is typing, here and on other servers: told to the room in passing, never stored.

A frame goes to everybody, so the more streams there are, the more rarely they are told, and in a large room not at
all: typing may take `SHARE` of a core, whatever people do. Likewise what one process tells the others is bounded.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from hubbub.room.changes import Author, Changes
from hubbub.room.ports import Note, Notes
from hubbub.web.audience import Audience
from hubbub.web.frames import Kind, text_frame
from hubbub.web.render import render

LASTS = 5.0  # seconds for which somebody types who does not say so again
EVERY = 2.0  # seconds from one word of a user to the next that counts
NOTES = 20  # that this process tells the others in a second
HELD = 100  # people of whom it is known; a reader is told of fewer anyway
NAMED = 4  # in a frame: three, and perhaps the reader
SETTLES = 1.0  # seconds after a message in which a late note does not say that its author types
PAUSE = 1.0  # seconds between two frames at the least
SHARE = 0.02  # of a core
DELIVERY = 12e-6  # seconds of it that a frame takes for each stream


@dataclass(frozen=True, slots=True)
class Told:
    """Who types, as everybody is told: the first few, and whether there are more."""

    names: tuple[Author, ...] = ()
    more: bool = False


NOBODY = Told()


class Typists:
    """Who types. It is given the time, in seconds of any clock."""

    def __init__(self) -> None:
        # Until when, in the order in which they began.
        self._until: dict[Author, float] = {}
        # Whose message has just come, and until when a late note of theirs means nothing.
        self._settling: dict[int, float] = {}

    def typed(self, user: Author, now: float) -> None:
        """Somebody types, or types on."""
        if self._settling.get(user.id, now) > now or (user not in self._until and len(self._until) >= HELD):
            return
        self._until[user] = now + LASTS

    def spoke(self, user: int, now: float) -> None:
        """Somebody's message came."""
        if len(self._settling) < HELD:
            self._settling[user] = now + SETTLES
        self.left(user)

    def left(self, user: int) -> None:
        """Somebody types no more."""
        for author in [author for author in self._until if author.id == user]:
            del self._until[author]

    def now(self, now: float) -> Told:
        """Return who types at this time, and forget the others."""
        self._until = {user: until for user, until in self._until.items() if until > now}
        self._settling = {user: until for user, until in self._settling.items() if until > now}
        return Told(tuple(self._until)[:NAMED], len(self._until) > NAMED)


class Allowance:
    """How many notes this process may tell: few for each user, and few in all."""

    def __init__(self) -> None:
        # When each user's last note was told, for those of the last `EVERY` seconds.
        self._told: dict[int, float] = {}

    def take(self, user: int, now: float) -> bool:
        """Whether somebody's note may be told now."""
        # Oldest first: what is too old is at the beginning.
        while self._told and next(iter(self._told.values())) <= now - EVERY:
            del self._told[next(iter(self._told))]
        if user in self._told or len(self._told) >= NOTES * EVERY:
            return False
        self._told[user] = now
        return True


def pause(streams: int) -> float | None:
    """Return the seconds between two frames to so many streams; None: they are not told at all."""
    seconds = max(PAUSE, streams * DELIVERY / SHARE)
    return seconds if seconds <= LASTS else None


class Typing:
    """Tells the room who types. One task, `run`, decides what everybody is told."""

    def __init__(self, audience: Audience, notes: Notes) -> None:
        self._audience = audience
        self._notes = notes
        self._typists = Typists()
        self._allowance = Allowance()
        # What everybody was told last.
        self._told = NOBODY
        # Set while somebody types, or is said to.
        self._stirred = asyncio.Event()
        notes.listen(self._take_note)
        audience.listen(self._take_changes)

    def typed(self, user: Author) -> None:
        """Take a client's word that somebody types; told to every process, unless there is too much of that."""
        if pause(self._audience.size) and self._allowance.take(user.id, _now()):
            self._notes.tell({"typing": str(user.id), "name": user.name})

    def _take_note(self, note: Note) -> None:
        match note:
            case {"typing": str(number), "name": str(name)} if number.isdecimal():
                self._typists.typed(Author(int(number), name), _now())
                self._stirred.set()
            case {"left": _, "user": str(number)} if number.isdecimal():
                self._typists.left(int(number))

    def _take_changes(self, changes: Changes) -> None:
        if not self._stirred.is_set():
            return
        for message in changes.messages:
            if message.id == message.rev:  # it is new
                self._typists.spoke(message.user.id, _now())

    async def run(self) -> None:
        """Tell everybody who types, when that has changed, for ever."""
        while True:
            await self._stirred.wait()
            seconds = pause(self._audience.size)
            now = self._typists.now(_now()) if seconds else NOBODY
            if now != self._told and await self._audience.mention(partial(_frame, now), keep=now != NOBODY):
                self._told = now
            if now == self._told == NOBODY:
                self._stirred.clear()
            await asyncio.sleep(seconds or PAUSE)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _frame(told: Told, kind: Kind) -> bytes:
    form, _, squeezed = kind.value
    text = _json(told.names, more=told.more) if form == "json" else render("typing.html", {"told": told})
    return text_frame(text, squeezed=squeezed)


def _json(names: Sequence[Author], *, more: bool) -> str:
    return json.dumps({"typing": [{"id": one.id, "name": one.name} for one in names], "more": more})
