"""Windows of the history: the messages before an id, after one, or around one. And where a day begins."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from hubbub.errors import Refused
from hubbub.room.changes import Message
from hubbub.room.room import Room
from hubbub.web.front_page import MESSAGES
from hubbub.web.shapes import parse_id


@dataclass(frozen=True, slots=True)
class Window:
    """Some messages, oldest first."""

    messages: Sequence[Message]
    # The ids before and after which there are more, None where there are none.
    older: int | None
    newer: int | None


# Reads a window of a room.
Read: TypeAlias = Callable[[Room], Awaitable[Window]]


def window_asked_for(query: Mapping[str, str]) -> Read | None:
    """Return what reads the window that a query asks for, None if it asks for none; raises `Refused` (`malformed`)."""
    if "before" in query:
        return partial(_before, _id(query, "before"))
    if "after" in query:
        return partial(_after, _id(query, "after"))
    if "around" in query:
        return partial(_around, _id(query, "around"))
    return None


def moment_asked_for(query: Mapping[str, str]) -> datetime | None:
    """Return since when somebody asks to read, None if they do not; raises `Refused` (`malformed`)."""
    return _moment(query["since"]) if "since" in query else None


async def _before(before: int, room: Room) -> Window:
    found = await room.history(before, MESSAGES + 1)
    messages = found[-MESSAGES:]
    return Window(messages, messages[0].id if len(found) > MESSAGES else None, messages[-1].id if messages else None)


async def _after(after: int, room: Room) -> Window:
    found = await room.history_after(after, MESSAGES + 1)
    messages = found[:MESSAGES]
    return Window(messages, messages[0].id if messages else None, messages[-1].id if len(found) > MESSAGES else None)


async def _around(middle: int, room: Room) -> Window:
    half = MESSAGES // 2
    before = await room.history(middle, half + 1)
    after = await room.history_after(middle - 1, half + 1)
    messages = [*before[-half:], *after[:half]]
    older = messages[0].id if len(before) > half else None
    return Window(messages, older, messages[-1].id if len(after) > half else None)


def _id(query: Mapping[str, str], name: str) -> int:
    number = parse_id(query[name])
    if not number:
        raise Refused("malformed", f"The place ({name}) must be the id of a message: a whole number from 1.")
    return number


def _moment(typed: str) -> datetime:
    """Return the time that was typed; without a zone it is UTC, and a day is its beginning."""
    try:
        moment = datetime.fromisoformat(typed)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # a time right at the end of all times has none in UTC
        raise Refused("malformed", "The time (since) must be a day like 2026-11-23, or a time (RFC 3339).") from None
