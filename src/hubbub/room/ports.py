"""What the room needs from the outside: a log, a roster, a bell and somebody to tell.

PostgreSQL, a bus and the web implement these; the room knows none of them.
All of them raise `Unavailable` when what they stand on is away.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from hubbub.room.changes import Changes, Message, People, User
from hubbub.room.finding import Wanted
from hubbub.room.name import Name


@dataclass(frozen=True, slots=True)
class Draft:
    """A message on its way to the log: who says what, under which key, in reply to which message."""

    user_id: int
    key: UUID
    body: str
    reply_to: int | None = None
    # Keys of names that the body may mean (`room.mention`).
    name_keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A message that is in the log. `fresh` is false if its key had been used before."""

    message: Message
    fresh: bool


# What happened, and to whom: {"left": session}. At most a few hundred bytes of JSON.
Note: TypeAlias = Mapping[str, str]


class Log(Protocol):
    """The room's history, and the one question."""

    async def head(self) -> Changes:
        """Return where the room is: its revision and counts, without any rows."""

    async def changes(self, after: int, limit: int) -> Changes:
        """Return what changed after a revision: at most `limit` rows, cut only between revisions."""

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Said | None]:
        """Commit the drafts in this order and return them, each once per (user, key).

        None stands for a draft of a user that does not exist.
        """

    async def edit(self, user_id: int, message_id: int, body: str, name_keys: Sequence[str]) -> None:
        """Change what somebody said; raises `Refused` (`not_found`, `not_yours`)."""

    async def erase(self, user_id: int, message_id: int) -> None:
        """Take back what somebody said, but for a trace; raises `Refused` (`not_found`, `not_yours`)."""

    async def react(self, user_id: int, message_id: int, emoji: str, *, on: bool | None) -> None:
        """Add a reaction or take it away, or with None the other of the two.

        Raises `Refused` (`not_found`, `too_many_emoji`).
        """

    async def message(self, message_id: int) -> Message | None:
        """Return a message, None if there is none of this id."""

    async def page(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id), oldest first."""

    async def page_after(self, after: int, limit: int) -> Sequence[Message]:
        """Return the `limit` messages right after an id, oldest first."""

    async def first_since(self, moment: datetime) -> int | None:
        """Return the id of the first message that was said at a time or later, None if there is none."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What changed since messages were last made findable, or is to be found in another way than before."""

    # Up to which revision messages were findable.
    stood: int
    # From which revision on this is, up to which.
    after: int
    rev: int
    # Ids, revisions and bodies of the messages that changed in between, in order of the revisions.
    texts: Sequence[tuple[int, int, str]]
    # Whether some were to be found in another way.
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What a message is found by: its plain text and the parts of that (`room.finding`)."""

    message_id: int
    plain: str
    parts: Collection[int]


class Findings(Protocol):
    """What messages are found by. It follows the log by itself."""

    async def unread(self, limit: int) -> Unread:
        """Return what is to be made findable next: at most so many messages."""

    async def keep(self, unread: Unread, rev: int, findings: Sequence[Finding]) -> bool:
        """Keep what messages are found by now, up to a revision; false, and nothing kept, if others kept more."""

    async def find(self, wanted: Wanted, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id) in which all is that is wanted, newest first."""


class Roster(Protocol):
    """Who is known and who is online."""

    async def enter(self, name: Name) -> User:
        """Return the user of this name, created if it is new."""

    async def people(self, query: str, after: int, limit: int) -> People:
        """Return users by id, after an id, whose names contain `query`."""

    async def listing(self, after: str | None, limit: int) -> tuple[People, str | None]:
        """Return a window of the list people see (online first, then by name) and the next cursor."""

    async def renew(self, node: UUID, lease: float) -> bool:
        """Hold this process's lease for so many seconds more; true if there was none to renew."""

    async def attend(self, node: UUID, arrived: Sequence[int], departed: Sequence[int]) -> bool:
        """Write who came to this process and who left it; false if its lease is gone."""

    async def sweep(self) -> int:
        """Remove the processes whose lease ran out, and return how many there were."""


class Bell(Protocol):
    """The doorbell between processes: it says "look", never what there is to see."""

    def ring(self) -> None:
        """Tell every process that the log has moved. Returns at once; a ring may be lost."""

    async def wait(self, patience: float) -> bool:
        """Return true at the next ring, or false after so many seconds."""


class Notes(Protocol):
    """Small notes between processes. Any of them may be lost: the truth is in the log alone."""

    def tell(self, note: Note) -> None:
        """Pass a note to the listeners of every process. Returns at once."""

    def listen(self, listener: Callable[[Note], None]) -> None:
        """Call a listener with every note from now on."""


class Listener(Protocol):
    """Whoever the feed tells of changes."""

    def recall(self, changes: Changes) -> None:
        """Take changes that come right after those of the last call, from before anybody could be told."""

    async def deliver(self, changes: Changes) -> None:
        """Take the changes that come right after those of the last call."""

    def reset(self, latest: Changes) -> None:
        """Begin at another place of the log: what was delivered before is void."""

    async def away(self) -> None:
        """Take note that the log cannot be read for now; may be told again and again."""

    async def back(self) -> None:
        """Take note that the log can be read; told after every look, whether it was away or not."""
