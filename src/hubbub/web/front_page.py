"""The front page: what a fresh page shows, the newest messages and the first of the people list.

It is read from the log when somebody first needs it, and from then on moves with what the audience is told. So
a page costs no reading of rows, however many people come at once.
"""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from hubbub.room.changes import Changes, Message, User
from hubbub.room.room import Room

MESSAGES = 50  # on one page
PEOPLE = 50  # in one window of the list
HELD = 4 * PEOPLE  # people who are held, so that departures do not empty the window soon

PLACE = attrgetter("place")


@dataclass(frozen=True, slots=True)
class Page:
    """The newest messages, oldest first, and the first window of the people list."""

    messages: Sequence[Message]
    # The id before which there are older messages, None if there are none.
    older: int | None
    users: Sequence[User]
    # The cursor of the next window, None if this is the whole list.
    following: str | None


NOTHING = Page((), None, (), None)


class FrontPage:
    """Holds what a fresh page shows, as the audience knows it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._rows: Rows | None = None
        self._reading = asyncio.Lock()
        # What the audience was told since the rows are being read.
        self._meanwhile: list[Changes] = []

    async def read(self) -> Page:
        """Return the page, read from the log if it is not known; raises `Unavailable`."""
        while (page := self.page) is None:
            async with self._reading:
                if self._rows is None:
                    await self._read()
        return page

    async def _read(self) -> None:
        meanwhile = self._meanwhile = []
        people, following = await self._room.listing(None, HELD)
        messages = await self._room.history(None, MESSAGES + 1)
        rows = Rows(messages, people.users, goes_on=following is not None)
        if meanwhile is self._meanwhile and all(rows.move(changes) for changes in meanwhile):
            self._rows = rows

    @property
    def page(self) -> Page | None:
        """The page as it is now, None if it has to be read first."""
        return self._rows.page if self._rows else None

    def move(self, changes: Changes) -> None:
        """Take in what the audience is told."""
        if self._reading.locked():
            self._meanwhile.append(changes)
        if self._rows is not None and not self._rows.move(changes):
            self._rows = None

    def forget(self) -> None:
        """Hold nothing: what was told before is void."""
        self._rows = None
        self._meanwhile = []


class Rows:
    """The rows of a page, and enough more of them to know the page after a change."""

    def __init__(self, messages: Sequence[Message], users: Sequence[User], *, goes_on: bool) -> None:
        # By id, in the order of the ids; one more than a page shows, if there is one.
        self._messages = {message.id: message for message in messages}
        # The first of the list, in its order.
        self._listed = list(users)
        self._users = {user.id: user for user in users}
        # Whether there are people in the list after these.
        self._goes_on = goes_on
        self.page = self._lay_out()

    def _lay_out(self) -> Page:
        messages, users = list(self._messages.values())[-MESSAGES:], self._listed[:PEOPLE]
        older = messages[0].id if len(self._messages) > MESSAGES else None
        more = self._goes_on or len(self._listed) > PEOPLE
        return Page(messages, older, users, users[-1].cursor if more else None)

    def move(self, changes: Changes) -> bool:
        """Take in changes; false if there are too few rows left to know the page."""
        for message in changes.messages:
            self._take_message(message)
        for user in changes.users:
            self._take_user(user)
        if len(self._listed) < PEOPLE and self._goes_on:
            return False
        self.page = self._lay_out()
        return True

    def _take_message(self, message: Message) -> None:
        held = self._messages.get(message.id)
        is_older = len(self._messages) > MESSAGES and message.id < next(iter(self._messages))
        if is_older or (held and held.rev >= message.rev):
            return
        is_newest = message.id > next(reversed(self._messages), 0)
        self._messages[message.id] = message
        if not is_newest:  # it was changed before it was told, and so is told after later ones
            self._messages = dict(sorted(self._messages.items()))
        if len(self._messages) > MESSAGES + 1:
            del self._messages[next(iter(self._messages))]

    def _take_user(self, user: User) -> None:
        if held := self._users.get(user.id):
            if held.rev >= user.rev:
                return
            del self._listed[bisect_left(self._listed, held.place, key=PLACE)]
            del self._users[user.id]
        if self._goes_on and not (self._listed and user.place < self._listed[-1].place):
            return
        insort(self._listed, user, key=PLACE)
        self._users[user.id] = user
        if len(self._listed) > HELD:
            del self._users[self._listed.pop().id]
            self._goes_on = True
