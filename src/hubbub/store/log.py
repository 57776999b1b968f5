"""The room's log in PostgreSQL: appending, paging, and the one question."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, column, func, outerjoin, select, table, text, true

from hubbub.errors import Refused
from hubbub.room.changes import Author, Changes, Message, Quote, Reaction
from hubbub.room.ports import Draft, Said
from hubbub.store.database import Database, Question, Row
from hubbub.store.roster import USERS, to_user
from hubbub.store.schema import RoomRow, UserRow

AFTER: BindParameter[int] = bindparam("after")
HEAD_REV: BindParameter[int] = bindparam("head")
BEFORE: BindParameter[int] = bindparam("before")
LIMIT: BindParameter[int] = bindparam("limit")
MESSAGE: BindParameter[int] = bindparam("message")
USER: BindParameter[int] = bindparam("user")
# A view: messages with the names of their authors, and with the beginning of what they reply to.
SHOWN = table(
    "shown",
    *map(column, ("id", "rev", "key", "user_id", "user_name", "body", "created_at", "edited_at", "deleted_at")),
    *map(column, ("mentions", "reactions", "reply_to", "quoted", "quoted_name")),
)
MESSAGES = select(SHOWN)
NEWEST = MESSAGES.order_by(SHOWN.c.id.desc()).limit(LIMIT)
# The room's row once for each new message, or once with nulls: what both say is of one moment.
NEW_MESSAGES = (
    MESSAGES.where(SHOWN.c.rev > AFTER, SHOWN.c.rev <= RoomRow.rev)
    .order_by(SHOWN.c.rev)
    .limit(LIMIT)
    .correlate(RoomRow)
    .lateral("message")
)
PLACE = (RoomRow.rev.label("head"), RoomRow.online, RoomRow.total)
HEAD = select(*PLACE)
NEWS = (
    select(*NEW_MESSAGES.c, *PLACE).select_from(outerjoin(RoomRow, NEW_MESSAGES, true())).order_by(NEW_MESSAGES.c.rev)
)

ASK_HEAD = Question(HEAD)
ASK_NEWS = Question(NEWS)
ASK_NEW_USERS = Question(USERS.where(UserRow.rev > AFTER, UserRow.rev <= HEAD_REV).order_by(UserRow.rev).limit(LIMIT))
ASK_NEWEST = Question(NEWEST)
ASK_NEWEST_BEFORE = Question(NEWEST.where(SHOWN.c.id < BEFORE))
ASK_MESSAGE = Question(MESSAGES.where(SHOWN.c.id == MESSAGE))
ASK_AFTER = Question(MESSAGES.where(SHOWN.c.id > AFTER).order_by(SHOWN.c.id).limit(LIMIT))
ASK_FIRST_SINCE = Question(text("select id from messages where created_at >= :moment order by created_at, id limit 1"))
SAY = Question(
    text("""
        select (message).*, fresh
        from say(cast(:user_ids as bigint[]), cast(:keys as uuid[]), cast(:bodies as text[]),
                 cast(:replies as bigint[]), cast(:name_keys as text[]))
    """)
)
EDIT = Question(select(func.edit(USER, MESSAGE, bindparam("body"), bindparam("name_keys")).label("became")))
ERASE = Question(select(func.erase(USER, MESSAGE).label("became")))
REACT = Question(select(func.react(USER, MESSAGE, bindparam("emoji"), bindparam("on")).label("became")))

# What a function says when it changed nothing.
REFUSALS = {
    "unknown": Refused("not_found", "There is no such message, or not any more."),
    "foreign": Refused("not_yours", "Only who said it can change it."),
    "many": Refused("too_many_emoji", "This message has twenty different emoji already. Choose one of them."),
}


class PostgresLog:
    """Implements `room.ports.Log`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> Changes:
        """Return where the room is: its revision and counts, without any rows."""
        return _read_head(await ASK_HEAD.ask(self._database))

    async def changes(self, after: int, limit: int) -> Changes:
        """Return what changed after a revision: at most `limit` rows, cut only between revisions.

        The head is read first. A row that changes again meanwhile has a rev beyond it and comes next
        time; so do rows beyond the limit.
        """
        rows = await ASK_NEWS.ask(self._database, after=after, limit=limit)
        head = _read_head(rows)
        messages = tuple(to_message(row) for row in rows if row["id"] is not None)
        if head.rev - after <= len(messages):
            return replace(head, messages=messages)  # each revision is a message's: no user has one of them
        users = await ASK_NEW_USERS.ask(self._database, after=after, head=head.rev, limit=limit)
        return _cut(replace(head, messages=messages, users=tuple(map(to_user, users))), limit)

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Said | None]:
        """Commit the drafts in this order and return them, each once per (user, key)."""
        rows = await SAY.ask(
            self._database,
            user_ids=[draft.user_id for draft in drafts],
            keys=[draft.key for draft in drafts],
            bodies=[draft.body for draft in drafts],
            replies=[draft.reply_to for draft in drafts],
            name_keys=[_lines(draft.name_keys) for draft in drafts],
        )
        said = {(row["user_id"], row["key"]): Said(to_message(row), row["fresh"]) for row in rows}
        return [_take(said, (draft.user_id, draft.key)) for draft in drafts]

    async def edit(self, user_id: int, message_id: int, body: str, name_keys: Sequence[str]) -> None:
        """Change what somebody said; raises `Refused` (`not_found`, `not_yours`)."""
        values = {"body": body, "name_keys": _lines(name_keys)}
        _check(await EDIT.ask(self._database, user=user_id, message=message_id, **values))

    async def erase(self, user_id: int, message_id: int) -> None:
        """Take back what somebody said, but for a trace; raises `Refused` (`not_found`, `not_yours`)."""
        _check(await ERASE.ask(self._database, user=user_id, message=message_id))

    async def react(self, user_id: int, message_id: int, emoji: str, *, on: bool | None) -> None:
        """Add a reaction, take it away, or with None the other of the two; raises `Refused`."""
        _check(await REACT.ask(self._database, user=user_id, message=message_id, emoji=emoji, on=on))

    async def message(self, message_id: int) -> Message | None:
        """Return a message, None if there is none of this id."""
        rows = await ASK_MESSAGE.ask(self._database, message=message_id)
        return to_message(rows[0]) if rows else None

    async def page(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id), oldest first."""
        if before is None:
            rows = await ASK_NEWEST.ask(self._database, limit=limit)
        else:
            rows = await ASK_NEWEST_BEFORE.ask(self._database, before=before, limit=limit)
        return [to_message(row) for row in reversed(rows)]

    async def page_after(self, after: int, limit: int) -> Sequence[Message]:
        """Return the `limit` messages right after an id, oldest first."""
        return [to_message(row) for row in await ASK_AFTER.ask(self._database, after=after, limit=limit)]

    async def first_since(self, moment: datetime) -> int | None:
        """Return the id of the first message that was said at a time or later, None if there is none."""
        rows = await ASK_FIRST_SINCE.ask(self._database, moment=moment)
        return int(rows[0]["id"]) if rows else None


def to_message(row: Row) -> Message:
    """Make the room's message of a row that begins with the columns of `SHOWN`, in their order."""
    number, rev, key, user, name, body, created_at, edited_at, deleted_at, *more = row
    mentions, reactions, reply_to, quoted, quoted_name = more[:5]
    return Message(
        number,
        rev,
        key,
        Author(user, name),
        body,
        created_at,
        edited_at,
        deleted_at,
        Quote(reply_to, quoted_name, quoted) if reply_to else None,
        _authors(json.loads(mentions)) if mentions else (),
        tuple(map(_reaction, json.loads(reactions))) if reactions else (),
    )


def _authors(people: Sequence[Mapping[str, Any]]) -> tuple[Author, ...]:
    return tuple(Author(one["id"], one["name"]) for one in people)


def _reaction(counted: Mapping[str, Any]) -> Reaction:
    return Reaction(counted["emoji"], counted["count"], _authors(counted["users"]))


def _lines(name_keys: Sequence[str]) -> str | None:
    """Return keys of names as the functions take them: a line each, as no name has two lines."""
    return "\n".join(name_keys) or None


def _check(rows: Sequence[Row]) -> None:
    """Raise what a function refused, if it did."""
    if refused := REFUSALS.get(rows[0]["became"]):
        raise refused


def _read_head(rows: Sequence[Row]) -> Changes:
    return Changes(rows[0]["head"], (), (), rows[0]["online"], rows[0]["total"])


def _cut(changes: Changes, limit: int) -> Changes:
    """Keep the first `limit` rows by rev; the rev is then that of the last one kept."""
    if changes.size < limit:
        return changes
    revs = sorted([m.rev for m in changes.messages] + [u.rev for u in changes.users])[:limit]
    rev = revs[-1]
    return Changes(
        rev,
        tuple(m for m in changes.messages if m.rev <= rev),
        tuple(u for u in changes.users if u.rev <= rev),
        changes.online,
        changes.total,
    )


def _take(said: dict[tuple[int, UUID], Said], key: tuple[int, UUID]) -> Said | None:
    """Return what became of a draft; only the first of a key in one batch is fresh."""
    if (one := said.get(key)) and one.fresh:
        said[key] = replace(one, fresh=False)
    return one
