"""What a person can see in the room: users, messages, and the answer to "what changed after N?".

Everything here is a value: it never changes, so it can be given to anybody.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class Author:
    """The part of a user that never changes."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a user said. `id` is the revision at which it was posted."""

    id: int
    rev: int
    key: UUID
    user: Author
    body: str
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


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


@dataclass(frozen=True, slots=True)
class People:
    """A window of the people list, and the counts of the whole of it."""

    users: tuple[User, ...]
    online: int
    total: int
