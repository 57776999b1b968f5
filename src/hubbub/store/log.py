"""The room's log in PostgreSQL: appending, paging, and the one question."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, outerjoin, select, text, true

from hubbub.room.changes import Author, Changes, Message
from hubbub.room.ports import Draft, Said
from hubbub.store.database import Database, Question, Row
from hubbub.store.roster import USERS, to_user
from hubbub.store.schema import MessageRow, RoomRow, UserRow

AFTER: BindParameter[int] = bindparam("after")
HEAD_REV: BindParameter[int] = bindparam("head")
BEFORE: BindParameter[int] = bindparam("before")
LIMIT: BindParameter[int] = bindparam("limit")
MESSAGES = select(
    MessageRow.id,
    MessageRow.rev,
    MessageRow.key,
    MessageRow.user_id,
    UserRow.name.label("user_name"),
    MessageRow.body,
    MessageRow.created_at,
    MessageRow.edited_at,
    MessageRow.deleted_at,
).join(UserRow, UserRow.id == MessageRow.user_id)
NEWEST = MESSAGES.order_by(MessageRow.id.desc()).limit(LIMIT)
# The room's row once for each new message, or once with nulls: what both say is of one moment.
NEW_MESSAGES = (
    MESSAGES.where(MessageRow.rev > AFTER, MessageRow.rev <= RoomRow.rev)
    .order_by(MessageRow.rev)
    .limit(LIMIT)
    .correlate(RoomRow)
    .lateral("message")
)
HEAD = select(RoomRow.rev.label("head"), RoomRow.online, RoomRow.total)
NEWS = (
    HEAD.add_columns(*NEW_MESSAGES.c).select_from(outerjoin(RoomRow, NEW_MESSAGES, true())).order_by(NEW_MESSAGES.c.rev)
)

ASK_HEAD = Question(HEAD)
ASK_NEWS = Question(NEWS)
ASK_NEW_USERS = Question(USERS.where(UserRow.rev > AFTER, UserRow.rev <= HEAD_REV).order_by(UserRow.rev).limit(LIMIT))
ASK_NEWEST = Question(NEWEST)
ASK_NEWEST_BEFORE = Question(NEWEST.where(MessageRow.id < BEFORE))
SAY = Question(text("select * from say(cast(:user_ids as bigint[]), cast(:keys as uuid[]), cast(:bodies as text[]))"))


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
        )
        said = {(row["user_id"], row["key"]): Said(to_message(row), row["fresh"]) for row in rows}
        return [_take(said, (draft.user_id, draft.key)) for draft in drafts]

    async def page(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id), oldest first."""
        if before is None:
            rows = await ASK_NEWEST.ask(self._database, limit=limit)
        else:
            rows = await ASK_NEWEST_BEFORE.ask(self._database, before=before, limit=limit)
        return [to_message(row) for row in reversed(rows)]


def to_message(row: Row) -> Message:
    """Make the room's message of a row of `MESSAGES` or of `say`."""
    return Message(
        id=row["id"],
        rev=row["rev"],
        key=row["key"],
        user=Author(row["user_id"], row["user_name"]),
        body=row["body"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
    )


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
