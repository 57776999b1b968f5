"""What one client of an audit did and saw: nothing is judged here, only written down."""

from bisect import bisect
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it arrived."""

    id: int
    key: str
    body: str
    # Of its last change: whoever holds this holds the newest state of it.
    rev: int

    @classmethod
    def of(cls, message: Json) -> "Seen":
        """Make it of the protocol's message."""
        return cls(message["id"], message["key"], message["body"], message["rev"])


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody was shown as gone; in seconds since the epoch."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something went wrong, in seconds since the epoch."""

    fault: str
    begin: float
    end: float


@dataclass
class Witness:
    """The record of one client."""

    name: str
    # Whether it has a stream, and so sees anything.
    follows: bool = True
    # What goes wrong just now; part of every body, so that a message tells amid what it was said.
    amid: str = "nothing"
    # Bodies by key, in the order in which they were first sent.
    sent: dict[str, str] = field(default_factory=dict)
    # What the body may be by key, once it was changed or (empty) taken back: one of two if nobody answered.
    changed: dict[str, list[str]] = field(default_factory=dict)
    # Keys that the server has acknowledged: by a 200 or 201, or by bringing the message.
    acknowledged: set[str] = field(default_factory=set)
    # Messages in the order of their first arrival, but those that were changed before that: they come later, and
    # take their place. A new run begins with each fresh page; within a run nothing may be missing.
    runs: list[list[Seen]] = field(default_factory=list)
    # The state a page would show at the end: users and messages by id.
    messages: dict[int, Json] = field(default_factory=dict)
    users: dict[int, Json] = field(default_factory=dict)
    # Seconds of the longest wait for an acknowledgement, and what for.
    longest_wait: float = 0.0
    awaited: str = ""
    reconnections: int = 0
    resets: int = 0

    def take(self, frame: Json) -> None:
        """Apply a frame as a client does: a row that is older than the one held changes nothing."""
        run = self.runs[-1]
        for message in frame["messages"]:
            seen = Seen.of(message)
            if seen.id not in self.messages:
                place = len(run) if seen.rev == seen.id else bisect(run, seen.id, key=attrgetter("id"))
                if run and seen.rev != seen.id and place == 0:
                    continue  # from before the page began
                run.insert(place, seen)
            _keep(self.messages, message)
        for user in frame["users"]:
            _keep(self.users, user)

    def open_page(self, messages: list[Json], users: list[Json]) -> None:
        """Take a fresh page in place of all that was held."""
        self.messages = {message["id"]: message for message in messages}
        self.users = {user["id"]: user for user in users}
        self.runs.append([Seen.of(message) for message in messages])


def _keep(held: dict[int, Json], row: Json) -> None:
    if row["rev"] >= held.get(row["id"], row)["rev"]:
        held[row["id"]] = row
