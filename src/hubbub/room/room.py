"""The room itself: the verbs of the domain, for whoever serves people."""

from asyncio import Future
from collections.abc import Sequence
from uuid import UUID

from hubbub.room.changes import Changes, Message, People, User
from hubbub.room.message import parse_body
from hubbub.room.name import Name
from hubbub.room.ports import Bell, Log, Roster, Said
from hubbub.room.together import Together
from hubbub.room.writer import Writer


class Room:
    """One room, everyone in it. All verbs raise `Refused` or one of its kinds."""

    def __init__(self, log: Log, roster: Roster, writer: Writer, bell: Bell) -> None:
        self._log = log
        self._roster = roster
        self._writer = writer
        self._bell = bell
        self._head = Together(log.head)

    async def enter(self, name: str) -> User:
        """Return the user of this name, created if nobody had it yet."""
        user = await self._roster.enter(Name.parse(name))
        self._bell.ring()
        return user

    def say(self, user_id: int, key: UUID, body: str) -> Future[Said]:
        """Check what is said and hand it to the writer; the future is done once it is committed."""
        return self._writer.say(user_id, key, parse_body(body))

    async def head(self) -> Changes:
        """Return where the room is: its revision and counts, without any rows."""
        return await self._head.answer()

    async def changes(self, after: int, limit: int) -> Changes:
        """Return what changed after a revision, at most `limit` rows."""
        return await self._log.changes(after, limit)

    async def history(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the newest messages, or those right before an id; oldest first."""
        return await self._log.page(before, limit)

    async def people(self, query: str, after: int, limit: int) -> People:
        """Return users by id, after an id, whose names contain `query`."""
        return await self._roster.people(query, after, limit)

    async def listing(self, after: str | None, limit: int) -> tuple[People, str | None]:
        """Return a window of the people list, online first, and the cursor of the next."""
        return await self._roster.listing(after, limit)
