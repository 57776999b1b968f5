"""The room's roster in PostgreSQL: names, presences and leases."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import ceil
from typing import Any, TypeAlias
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, not_, outerjoin, select, text, true, tuple_

from hubbub.errors import Refused
from hubbub.room.changes import People, User
from hubbub.room.name import Name
from hubbub.store.database import Database, Question, Row
from hubbub.store.schema import RoomRow, UserRow

PIECE = 3  # characters of the longest parts of names that the index has
PIECES = 8  # that are looked for at most: each costs a look for every stretch of ids

AFTER: BindParameter[int] = bindparam("after")
LIMIT: BindParameter[int] = bindparam("limit")
NODE: BindParameter[UUID] = bindparam("node")
USERS = select(UserRow.id, UserRow.rev, UserRow.name, UserRow.online, UserRow.last_seen_at, UserRow.name_key)

# What to sort by, of users or of a window of them.
Order: TypeAlias = Callable[[Any], tuple[Any, ...]]


def _ask(users: Select[*tuple[Any, ...]], order: Order) -> Question:
    """Ask for a window of users and for the counts: the room's row once for each user, or once with nulls."""
    window = users.order_by(*order(UserRow)).limit(LIMIT).subquery("person")
    counts = select(RoomRow.online.label("room_online"), RoomRow.total.label("room_total"))
    both = counts.add_columns(*window.c).select_from(outerjoin(RoomRow, window, true()))
    return Question(both.order_by(*order(window.c)))


def _by_id(user: Any) -> tuple[Any, ...]:  # noqa: ANN401 as SQLAlchemy has no type for what has columns
    return (user.id,)


def _listed(user: Any) -> tuple[Any, ...]:  # noqa: ANN401 as SQLAlchemy has no type for what has columns
    """Return the order of the list people see: online first, then by name."""
    return not_(user.online), user.name_key


# One stretch of ids after the other, as `name_parts` has them, until there are enough: a part that all names
# have costs no more than one that few have, and so does one that all have before an id, and none after it.
# The ids as an array, because the planner could read all users to join them with a table.
FOUND = text("""
    users.id = any (array(
        select name.user_id
        from (
            select generate_series(cast(:after as bigint) / 2000, (select max(id) from users) / 2000) as number
            order by number
        ) stretch
        cross join lateral (
            select user_id
            from names
            where name_parts(key, user_id) @> array(
                select stretch.number || ':' || piece from unnest(cast(:pieces as text[])) piece
            ) and user_id > :after and strpos(key, :part) > 0
            order by user_id
            limit :limit
        ) name
        order by stretch.number, name.user_id
        limit :limit
    ))
""")

ASK_SECRET = Question(select(RoomRow.secret))
ASK_PEOPLE = _ask(USERS.where(UserRow.id > AFTER), _by_id)
ASK_FOUND = _ask(USERS.where(FOUND), _by_id)
ASK_LISTING = _ask(USERS, _listed)
ASK_LISTING_AFTER = _ask(
    USERS.where(tuple_(*_listed(UserRow)) > tuple_(bindparam("offline"), bindparam("key"))), _listed
)
ENTER = Question(text("select id, rev, name, online, last_seen_at, name_key from enter(:name, :key)"))
RENEW = Question(select(func.renew(NODE, bindparam("lease")).label("fresh")))
ATTEND = Question(text("select attend(:node, cast(:arrived as bigint[]), cast(:departed as bigint[])) as written"))
SWEEP = Question(select(func.sweep().label("swept")))


class PostgresRoster:
    """Implements `room.ports.Roster`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def secret(self) -> str:
        """Return what signs sessions: made with the database, the same for every process."""
        return str((await ASK_SECRET.ask(self._database))[0]["secret"])

    async def enter(self, name: Name) -> User:
        """Return the user of this name, created if it is new."""
        return to_user((await ENTER.ask(self._database, name=name.text, key=name.key))[0])

    async def people(self, query: str, after: int, limit: int) -> People:
        """Return users by id, after an id, whose names contain `query`."""
        part = normalize("NFKC", " ".join(query.split())).lower()  # as keys are, however it was typed
        if not part:
            return _to_people(await ASK_PEOPLE.ask(self._database, after=after, limit=limit))
        pieces = _pieces(part)
        return _to_people(await ASK_FOUND.ask(self._database, part=part, pieces=pieces, after=after, limit=limit))

    async def listing(self, after: str | None, limit: int) -> tuple[People, str | None]:
        """Return a window of the list people see and the cursor of the next, None after the last."""
        if after is None:
            rows = await ASK_LISTING.ask(self._database, limit=limit + 1)
        else:
            offline, key = _parse(after)
            rows = await ASK_LISTING_AFTER.ask(self._database, offline=offline, key=key, limit=limit + 1)
        people = _to_people(rows[:limit])
        return people, people.users[-1].cursor if len(rows) > limit else None

    async def renew(self, node: UUID, lease: float) -> bool:
        """Hold this process's lease for so many seconds more; true if there was none to renew."""
        return bool((await RENEW.ask(self._database, node=node, lease=timedelta(seconds=lease)))[0]["fresh"])

    async def attend(self, node: UUID, arrived: Sequence[int], departed: Sequence[int]) -> bool:
        """Write who came to this process and who left it; false if its lease is gone."""
        rows = await ATTEND.ask(self._database, node=node, arrived=arrived, departed=departed)
        return bool(rows[0]["written"])

    async def sweep(self) -> int:
        """Remove the processes whose lease ran out, and return how many there were."""
        return int((await SWEEP.ask(self._database))[0]["swept"])


def to_user(row: Row) -> User:
    """Make the room's user of a row of `USERS`."""
    return User(row["id"], row["rev"], row["name"], row["online"], row["last_seen_at"], sort_key=row["name_key"])


def _to_people(rows: Sequence[Row]) -> People:
    users = tuple(to_user(row) for row in rows if row["id"] is not None)
    return People(users, rows[0]["room_online"], rows[0]["room_total"])


def _pieces(part: str) -> list[str]:
    """Return what a name that contains `part` has in the index, spread over all of the part."""
    last = max(0, len(part) - PIECE)
    places = {*range(0, last, max(PIECE, ceil(last / (PIECES - 1)))), last}
    return [part[place : place + PIECE] for place in sorted(places)]


def _parse(cursor: str) -> tuple[bool, str]:
    status, colon, key = cursor.partition(":")
    if not colon or status not in {"online", "offline"} or "\x00" in key:
        raise Refused("malformed", "That is not a place in the list. Open the list again.")
    return status == "offline", key
