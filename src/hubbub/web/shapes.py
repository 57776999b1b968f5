"""The JSON of the protocol: one model per shape, for the API, its OpenAPI page and the stream."""

import operator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MAX_ID = (1 << 63) - 1  # PostgreSQL's bigint
DIGITS = len(str(MAX_ID))


def parse_id(typed: str) -> int | None:
    """Return the id or revision that was typed into an address, None if it is none."""
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > DIGITS or int(typed) > MAX_ID:
        return None
    return int(typed)


class Shape(BaseModel):
    """Made from the room's values by name."""

    model_config = ConfigDict(from_attributes=True)


class User(Shape):
    """A name somebody joined with."""

    id: int
    rev: int
    name: str
    online: bool
    last_seen_at: datetime | None


class Author(Shape):
    """The part of a user that never changes."""

    id: int
    name: str


class Quote(Shape):
    """The message that another replies to; its body is cut, and empty once it is deleted."""

    id: int
    name: str
    body: str


class Reaction(Shape):
    """An emoji below a message: how many chose it, and the first fifty of them."""

    emoji: str
    count: int
    users: list[Author]


class Message(Shape):
    """What a user said. `id` is the revision at which it was posted."""

    id: int
    rev: int
    key: UUID
    user: Author
    body: str
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    # Left out where there is nothing to say.
    reply_to: Quote | None = Field(None, exclude_if=operator.not_)
    mentions: list[Author] = Field([], exclude_if=operator.not_)
    reactions: list[Reaction] = Field([], exclude_if=operator.not_)


class Frame(Shape):
    """What the stream sends when something changed."""

    rev: int
    messages: list[Message]
    users: list[User]
    online: int
    total: int
    # Whether `users` is how the people list begins, and others may have changed as well.
    relisted: bool = False


class Changes(Shape):
    """The answer to "what changed after N?"; ask again after `rev` until it stays."""

    rev: int
    messages: list[Message]
    users: list[User]


class People(Shape):
    """A window of the users, and the counts of all of them."""

    users: list[User]
    online: int
    total: int


class History(Shape):
    """A page of messages: oldest first, or of those found newest first."""

    messages: list[Message]


class Join(BaseModel):
    """A name to join with."""

    name: str


class Joined(Shape):
    """The user one has become, and the token that says so."""

    user: User
    token: str


class Say(BaseModel):
    """A message to post: a UUID made once per message, the text, and the id of what it replies to."""

    key: str = Field(json_schema_extra={"format": "uuid"})
    body: str
    reply_to: Annotated[int, Field(strict=True, ge=1, le=MAX_ID)] | None = None


class Edit(BaseModel):
    """The text that a message is to have."""

    body: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it, with the code of docs/protocol.md."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    retry_after: float | None = Field(None, description="seconds after which trying again helps")
