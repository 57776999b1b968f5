"""The room itself: the verbs of the domain, for whoever serves people."""

from asyncio import Future
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hubbub.errors import Refused
from hubbub.room.changes import Changes, Message, People, User
from hubbub.room.finding import Wanted
from hubbub.room.mention import name_keys
from hubbub.room.message import parse_body, parse_emoji
from hubbub.room.name import Name
from hubbub.room.ports import Bell, Draft, Findings, Log, Roster, Said
from hubbub.room.together import Together
from hubbub.room.writer import Writer


class Room:
    """One room, everyone in it. All verbs raise `Refused` or one of its kinds."""

    def __init__(self, log: Log, roster: Roster, findings: Findings, writer: Writer, bell: Bell) -> None:
        self._log = log
        self._roster = roster
        self._findings = findings
        self._writer = writer
        self._bell = bell
        self._head = Together(log.head)

    async def enter(self, name: str) -> User:
        """Return the user of this name, created if nobody had it yet."""
        user = await self._roster.enter(Name.parse(name))
        self._bell.ring()
        return user

    def say(self, user_id: int, key: UUID, body: str, reply_to: int | None = None) -> Future[Said]:
        """Check what is said and hand it to the writer; the future is done once it is committed.

        What replies to a message that does not exist is said all the same.
        """
        parsed = parse_body(body)
        return self._writer.say(Draft(user_id, key, parsed, reply_to, name_keys(parsed)))

    async def edit(self, user_id: int, message_id: int, body: str) -> None:
        """Change one's own message; raises `Refused` (as `say`, `not_found`, `not_yours`)."""
        parsed = parse_body(body)
        await self._log.edit(user_id, message_id, parsed, name_keys(parsed))
        self._bell.ring()

    async def erase(self, user_id: int, message_id: int) -> None:
        """Take back one's own message: a trace stays; raises `Refused` (`not_found`, `not_yours`)."""
        await self._log.erase(user_id, message_id)
        self._bell.ring()

    async def react(self, user_id: int, message_id: int, emoji: str, *, on: bool | None = None) -> None:
        """Add a reaction to a message or take it away, or with None the other of the two.

        Raises `Refused` (`bad_emoji`, `not_found`, `too_many_emoji`).
        """
        await self._log.react(user_id, message_id, parse_emoji(emoji), on=on)
        self._bell.ring()

    async def message(self, message_id: int) -> Message:
        """Return a message; raises `Refused` (`not_found`)."""
        message = await self._log.message(message_id)
        if message is None:
            raise Refused("not_found", "There is no such message.")
        return message

    async def head(self) -> Changes:
        """Return where the room is: its revision and counts, without any rows."""
        return await self._head.answer()

    async def changes(self, after: int, limit: int) -> Changes:
        """Return what changed after a revision, at most `limit` rows."""
        return await self._log.changes(after, limit)

    async def history(self, before: int | None, limit: int) -> Sequence[Message]:
        """Return the newest messages, or those right before an id; oldest first."""
        return await self._log.page(before, limit)

    async def history_after(self, after: int, limit: int) -> Sequence[Message]:
        """Return the messages right after an id, oldest first."""
        return await self._log.page_after(after, limit)

    async def first_since(self, moment: datetime) -> int | None:
        """Return the id of the first message that was said at a time or later, None if there is none."""
        return await self._log.first_since(moment)

    async def find(self, wanted: Wanted, before: int | None, limit: int) -> Sequence[Message]:
        """Return messages in which all is that is wanted, those before an id; newest first.

        What was said or changed in the last two seconds may not be found yet, or not any more.
        """
        return await self._findings.find(wanted, before, limit)

    async def people(self, query: str, after: int, limit: int) -> People:
        """Return users by id, after an id, whose names contain `query`."""
        return await self._roster.people(query, after, limit)

    async def listing(self, after: str | None, limit: int) -> tuple[People, str | None]:
        """Return a window of the people list, online first, and the cursor of the next."""
        return await self._roster.listing(after, limit)
