"""The room's roster in PostgreSQL: names, presences and leases."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import Function, func, not_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hubbub.errors import Refused
from hubbub.room.changes import People, User
from hubbub.room.name import Name
from hubbub.store.database import Row, connection
from hubbub.store.schema import RoomRow, UserRow

USERS = select(UserRow.id, UserRow.rev, UserRow.name, UserRow.online, UserRow.last_seen_at, UserRow.name_key)
COUNTS = select(RoomRow.online, RoomRow.total)
# The order of the list people see: online first, then by name.
LISTED = (not_(UserRow.online), UserRow.name_key)
ENTER = text("select id, rev, name, online, last_seen_at, name_key from enter(:name, :key)")
ATTEND = text("select attend(:node, cast(:arrived as bigint[]), cast(:departed as bigint[]))")


class PostgresRoster:
    """Implements `room.ports.Roster`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def secret(self) -> str:
        """Return what signs sessions: made with the database, the same for every process."""
        async with connection(self._engine) as lent:
            return str((await lent.execute(select(RoomRow.secret))).scalar_one())

    async def enter(self, name: Name) -> User:
        """Return the user of this name, created if it is new."""
        async with connection(self._engine) as lent:
            return to_user((await lent.execute(ENTER, {"name": name.text, "key": name.key})).mappings().one())

    async def people(self, query: str, after: int, limit: int) -> People:
        """Return users by id, after an id, whose names contain `query`."""
        found = USERS.where(UserRow.id > after).order_by(UserRow.id).limit(limit)
        if query:
            part = normalize("NFKC", query.strip()).lower()  # as keys are, however it was typed
            found = found.where(UserRow.name_key.contains(part, autoescape=True))
        async with connection(self._engine) as lent:
            return await _window(lent, (await lent.execute(found)).mappings().all())

    async def listing(self, after: str | None, limit: int) -> tuple[People, str | None]:
        """Return a window of the list people see and the cursor of the next, None after the last."""
        listed = USERS.order_by(*LISTED).limit(limit + 1)
        if after is not None:
            listed = listed.where(tuple_(*LISTED) > tuple_(*_parse(after)))
        async with connection(self._engine) as lent:
            rows = (await lent.execute(listed)).mappings().all()
            people = await _window(lent, rows[:limit])
        return people, _cursor(people.users[-1]) if len(rows) > limit else None

    async def renew(self, node: UUID, lease: float) -> bool:
        """Hold this process's lease for so many seconds more; true if there was none to renew."""
        return bool(await self._call(func.renew(node, timedelta(seconds=lease))))

    async def attend(self, node: UUID, arrived: Sequence[int], departed: Sequence[int]) -> bool:
        """Write who came to this process and who left it; false if its lease is gone."""
        values = {"node": node, "arrived": list(arrived), "departed": list(departed)}
        async with connection(self._engine) as lent:
            return bool((await lent.execute(ATTEND, values)).scalar_one())

    async def sweep(self) -> int:
        """Remove the processes whose lease ran out, and return how many there were."""
        return int(str(await self._call(func.sweep())))

    async def _call(self, function: Function[Any]) -> object:
        async with connection(self._engine) as lent:
            return (await lent.execute(select(function))).scalar_one()


async def _window(lent: AsyncConnection, rows: Sequence[Row]) -> People:
    online, total = (await lent.execute(COUNTS)).one()
    return People(tuple(map(to_user, rows)), online, total)


def to_user(row: Row) -> User:
    """Make the room's user of a row of `USERS`."""
    return User(row["id"], row["rev"], row["name"], row["online"], row["last_seen_at"], sort_key=row["name_key"])


def _cursor(user: User) -> str:
    return f"{'online' if user.online else 'offline'}:{user.sort_key}"


def _parse(cursor: str) -> tuple[bool, str]:
    status, colon, key = cursor.partition(":")
    if not colon or status not in {"online", "offline"} or "\x00" in key:
        raise Refused("malformed", "That is not a place in the list. Open the list again.")
    return status == "offline", key
