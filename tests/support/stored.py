"""A room in a test's database, without a server: its log, its roster, and short ways to fill them."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text

from hubbub.room.changes import Changes, Message, User
from hubbub.room.name import Name
from hubbub.room.ports import Draft, Said
from hubbub.store.database import Database, Question
from hubbub.store.findings import PostgresFindings
from hubbub.store.log import PostgresLog
from hubbub.store.roster import PostgresRoster

ALL = 1_000_000  # a limit beyond every room in these tests


class StoredRoom:
    """The tables of one room and the parts that read and write them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.log = PostgresLog(database)
        self.roster = PostgresRoster(database)
        self.findings = PostgresFindings(database)

    async def enter(self, name: str) -> User:
        """Return the user of this name."""
        return await self.roster.enter(Name.parse(name))

    async def append(self, *drafts: Draft) -> list[Said]:
        """Append drafts of known users."""
        said = await self.log.append(drafts)
        assert None not in said
        return [one for one in said if one is not None]

    async def say(self, user: User, body: str, key: UUID | None = None) -> Message:
        """Append one message."""
        return (await self.append(Draft(user.id, key or uuid4(), body)))[0].message

    async def node(self, lease: float = 60.0) -> UUID:
        """Begin the lease of a new process; one below zero has run out already."""
        node = uuid4()
        assert await self.roster.renew(node, lease)
        return node

    async def online(self) -> set[str]:
        """Return the names of who is online."""
        return {user.name for user in (await self.everything()).users if user.online}

    async def everything(self) -> Changes:
        """Return the whole room: what a reader gets who knows nothing."""
        return await self.log.changes(0, ALL)

    async def execute(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run SQL that no part of Hubbub runs, and return the rows, if there are any."""
        return [tuple(row) for row in await Question(text(statement)).ask(self._database, **values)]


def revs(changes: Changes) -> list[int]:
    """Return the revisions of all rows, in order."""
    return sorted([message.rev for message in changes.messages] + [user.rev for user in changes.users])


@dataclass
class Reader:
    """Somebody who holds one number and asks one question."""

    room: StoredRoom
    rev: int = 0

    def __post_init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.users: dict[int, User] = {}
        # Every row as it came, to see that none comes twice.
        self.revs: list[int] = []

    async def ask(self, limit: int) -> Changes:
        """Ask once and apply the answer as docs/protocol.md has it."""
        changes = await self.room.log.changes(self.rev, limit)
        assert changes.size <= limit
        came = revs(changes)
        assert all(self.rev < rev <= changes.rev for rev in came)
        assert [m.rev for m in changes.messages] == sorted(m.rev for m in changes.messages)
        assert [u.rev for u in changes.users] == sorted(u.rev for u in changes.users)
        self.revs += came
        self.messages.update((message.id, message) for message in changes.messages)
        self.users.update((user.id, user) for user in changes.users)
        self.rev = changes.rev
        return changes

    async def catch_up(self, limit: int) -> None:
        """Ask until the cursor stays."""
        before = -1
        while before < self.rev:
            before = self.rev
            await self.ask(limit)
