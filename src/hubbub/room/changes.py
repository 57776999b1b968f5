"""What a person can see in the room: users, messages, and the answer to "what changed after N?".

Everything here is a value: it never changes, so it can be given to anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

# Characters that are said in one frame at the most: many WebSocket clients refuse frames of a megabyte,
# and a character can become six bytes of HTML or JSON.
WEIGHT = 100_000


@dataclass(frozen=True, slots=True)
class User:
    """A name somebody joined with."""

    id: int
    rev: int
    name: str
    online: bool
    last_seen_at: datetime | None
    # What the people list is ordered by, after status: the name without case, by code point.
    sort_key: str

    def __hash__(self) -> int:
        """Tell states apart by what moves with each of them: to hash all fields costs as much as to draw a row."""
        return hash((self.id, self.rev))

    @property
    def place(self) -> tuple[bool, str]:
        """What the people list is ordered by: online first, then by name."""
        return not self.online, self.sort_key

    @property
    def cursor(self) -> str:
        """What the window of the people list that follows this user is asked for with."""
        return f"{'online' if self.online else 'offline'}:{self.sort_key}"


class Author(NamedTuple):
    """The part of a user that never changes."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that another replies to: who said it, and how it begins."""

    id: int
    name: str
    # Empty once it is deleted.
    body: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji below a message: how many people chose it, and the first fifty of them."""

    emoji: str
    count: int
    users: tuple[Author, ...]


class Message(NamedTuple):
    """What a user said. `id` is the revision at which it was posted.

    A tuple, as its author is: two are made of each message that is sent, in a third of the time of a dataclass.
    """

    id: int
    rev: int
    key: UUID
    user: Author
    body: str
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reply_to: Quote | None = None
    # People whose names follow an @ in the body.
    mentions: tuple[Author, ...] = ()
    # The oldest first.
    reactions: tuple[Reaction, ...] = ()

    def __hash__(self) -> int:
        """As a user's."""
        return hash((self.id, self.rev))


@dataclass(frozen=True, slots=True)
class Changes:
    """All rows with `after < row.rev <= rev`, each list ordered by rev, and the counts of people.

    Rows carry their current state, so changes can be applied twice without harm.
    """

    rev: int
    messages: tuple[Message, ...]
    users: tuple[User, ...]
    online: int
    total: int

    @property
    def size(self) -> int:
        """How many rows this is. An answer as large as the limit it was asked with may be cut."""
        return len(self.messages) + len(self.users)

    def parts(self) -> Iterator["Changes"]:
        """Cut the changes between revisions, so that no part says more than `WEIGHT` characters.

        A part has at least one row, unless there is none at all; the last has the rev of the whole.
        """
        rows: list[Message | User] = sorted((*self.messages, *self.users), key=attrgetter("rev"))
        part: list[Message | User] = []
        weight = 0
        for row in rows:
            heavy = len(row.body) if isinstance(row, Message) else 0
            if part and weight + heavy > WEIGHT:
                yield self._part(part, part[-1].rev)
                part, weight = [], 0
            part.append(row)
            weight += heavy
        yield self._part(part, self.rev)

    def _part(self, rows: Sequence["Message | User"], rev: int) -> "Changes":
        messages = tuple(row for row in rows if isinstance(row, Message))
        users = tuple(row for row in rows if isinstance(row, User))
        return replace(self, rev=rev, messages=messages, users=users)


@dataclass(frozen=True, slots=True)
class People:
    """A window of the people list, and the counts of the whole of it."""

    users: tuple[User, ...]
    online: int
    total: int
