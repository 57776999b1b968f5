"""The tables, as SQLAlchemy sees them.

The migrations make them; a test compares the two. Rows are only ever written by the SQL functions of
the migrations, which take new revisions under the lock of the room's one row.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    """What all tables share: 64-bit integers, times with a zone, text without a length."""

    type_annotation_map = {int: BigInteger, datetime: DateTime(timezone=True), str: Text}  # noqa: RUF012 as SQLAlchemy has it


class RoomRow(Table):
    """The room: one row, whose lock puts all changes in one order."""

    __tablename__ = "room"
    __table_args__ = (CheckConstraint("id = 1", name="one_room"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="1")
    rev: Mapped[int] = mapped_column(server_default="0")
    # Counts of the users, moved with the rows that they count.
    online: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    # Signs the sessions of every process; made with the room.
    secret: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())


class UserRow(Table):
    """A name somebody joined with."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    online: Mapped[bool] = mapped_column(server_default=false())
    last_seen_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(unique=True)

    __table_args__ = (Index("users_listing", text("(NOT online)"), "name_key"),)


class NameRow(Table):
    """The name of a user, where its parts are looked for; filled by a trigger on `users`.

    Nothing finds it by its user: an index for that is one that the planner could walk instead.
    """

    __tablename__ = "names"
    __table_args__ = (
        Index(
            "names_parts",
            text("name_parts(key, user_id)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)


class MessageRow(Table):
    """What a user said. `id` is the revision at which it was posted."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("messages_replies", "reply_to", postgresql_where=text("reply_to IS NOT NULL")),
        Index("messages_times", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rev: Mapped[int] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[UUID]
    body: Mapped[str]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    # The people who are meant, by id and name.
    mentions: Mapped[Any | None] = mapped_column(JSONB)
    # The emoji below it, counted, with the first fifty people of each.
    reactions: Mapped[Any | None] = mapped_column(JSONB)


class ReactionRow(Table):
    """An emoji that a user has put below a message; the message shows them counted."""

    __tablename__ = "reactions"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    emoji: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class FindingRow(Table):
    """What a message is found by: its plain text, and the parts of that (`room.finding`)."""

    __tablename__ = "findings"
    __table_args__ = (Index("findings_parts", "parts", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),)

    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plain: Mapped[str]
    parts: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class IndexRow(Table):
    """The revision up to which messages can be found; and up to which as this version has it."""

    __tablename__ = "indexed"
    __table_args__ = (CheckConstraint("id = 1", name="one_index"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="1")
    rev: Mapped[int] = mapped_column(server_default="0")
    anew: Mapped[int] = mapped_column(server_default="0")


class NodeRow(Table):
    """A process and its lease, in database time."""

    __tablename__ = "nodes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class PresenceRow(Table):
    """A user who holds at least one stream to a process."""

    __tablename__ = "presences"

    node_id: Mapped[UUID] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
