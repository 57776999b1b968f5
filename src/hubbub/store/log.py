"""The room's log in PostgreSQL: appending, paging, and the one question."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hubbub.room.changes import Author, Changes, Message
from hubbub.room.ports import Draft, Said
from hubbub.store.database import connection
from hubbub.store.roster import USERS, to_user
from hubbub.store.schema import MessageRow, RoomRow, UserRow

HEAD = select(RoomRow.rev, RoomRow.online, RoomRow.total)
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
# Built once: putting a statement together costs more than running it.
AFTER: BindParameter[int] = bindparam("after")
HEAD_REV: BindParameter[int] = bindparam("head")
BEFORE: BindParameter[int] = bindparam("before")
LIMIT: BindParameter[int] = bindparam("limit")
NEW_MESSAGES = MESSAGES.where(MessageRow.rev > AFTER, MessageRow.rev <= HEAD_REV).order_by(MessageRow.rev).limit(LIMIT)
NEW_USERS = USERS.where(UserRow.rev > AFTER, UserRow.rev <= HEAD_REV).order_by(UserRow.rev).limit(LIMIT)
NEWEST = MESSAGES.order_by(MessageRow.id.desc()).limit(LIMIT)
NEWEST_BEFORE = NEWEST.where(MessageRow.id < BEFORE)
SAY = text("select * from say(cast(:user_ids as bigint[]), cast(:keys as uuid[]), cast(:bodies as text[]))")


class PostgresLog:
    """Implements `room.ports.Log`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def head(self) -> Changes:
        """Return where the room is: its revision and counts, without any rows."""
        async with connection(self._engine) as lent:
            head, online, total = (await lent.execute(HEAD)).one()
        return Changes(head, (), (), online, total)

    async def changes(self, after: int, limit: int) -> Changes:
        """Return what changed after a revision: at most `limit` rows, cut only between revisions.

        The head is read first. A row that changes again meanwhile has a rev beyond it and comes next
        time; so do rows beyond the limit.
        """
        async with connection(self._engine) as lent:
            head, online, total = (await lent.execute(HEAD)).one()
            if head <= after:
                return Changes(head, (), (), online, total)
            window = {"after": after, "head": head, "limit": limit}
            said = (await lent.execute(NEW_MESSAGES, window)).all()
            users = (await lent.execute(NEW_USERS, window)).all()
        return _cut(Changes(head, tuple(map(to_message, said)), tuple(map(to_user, users)), online, total), limit)

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Said | None]:
        """Commit the drafts in this order and return them, each once per (user, key)."""
        values = {
            "user_ids": [draft.user_id for draft in drafts],
            "keys": [draft.key for draft in drafts],
            "bodies": [draft.body for draft in drafts],
        }
        async with connection(self._engine) as lent:
            rows = (await lent.execute(SAY, values)).all()
        said = {(row.user_id, row.key): Said(to_message(row), row.fresh) for row in rows}
        return [_take(said, (draft.user_id, draft.key)) for draft in drafts]

    async def page(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id), oldest first."""
        async with connection(self._engine) as lent:
            if before is None:
                rows = (await lent.execute(NEWEST, {"limit": limit})).all()
            else:
                rows = (await lent.execute(NEWEST_BEFORE, {"before": before, "limit": limit})).all()
        return [to_message(row) for row in reversed(rows)]


def to_message(row: Row[*tuple[Any, ...]]) -> Message:
    """Make the room's message of a row of `MESSAGES` or of `say`."""
    return Message(
        id=row.id,
        rev=row.rev,
        key=row.key,
        user=Author(row.user_id, row.user_name),
        body=row.body,
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
    )


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
