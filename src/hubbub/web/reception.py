"""What all doors do alike: pages, API and stream let people in, and pass on what they say, through here."""

from asyncio import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from hubbub.errors import Refused
from hubbub.room.changes import User
from hubbub.room.message import parse_key
from hubbub.room.ports import Said
from hubbub.room.room import Room
from hubbub.web.identity import Identity, Session
from hubbub.web.limits import Places, Rate, address_key


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one user or address may ask for; 0 lifts a limit."""

    message_rate: float
    join_rate: float
    streams_per_address: int


class Reception:
    """Knows who somebody is and how much they asked for."""

    def __init__(self, room: Room, identity: Identity, limits: Limits) -> None:
        self.room = room
        self._identity = identity
        self._messages = Rate(limits.message_rate, "messages at once")
        self._joins = Rate(limits.join_rate, "joins from your address")
        self._streams = Places(limits.streams_per_address, "open streams from your address")

    async def join(self, name: str, connection: HTTPConnection) -> tuple[User, str]:
        """Return the user of this name and the token of a new session."""
        self._joins.take(address_of(connection))
        user = await self.room.enter(name)
        return user, self._identity.issue(user)

    def session(self, connection: HTTPConnection) -> Session | None:
        """Return who is asking, None for somebody who has not joined."""
        return self._identity.read(connection)

    def need_session(self, connection: HTTPConnection) -> Session:
        """Return who is asking, or raise `Refused` (`not_joined`)."""
        session = self.session(connection)
        if session is None:
            raise Refused("not_joined", "Join the room first.")
        return session

    def say(self, session: Session | None, key: object, body: str, reply_to: int | None = None) -> Future[Said]:
        """Pass on a message; the future is done once it is committed."""
        if session is None:
            raise Refused("not_joined", "Join the room first.")
        parsed = parse_key(key)
        self._messages.take(session.user.id)
        return self.room.say(session.user.id, parsed, body, reply_to)

    async def edit(self, session: Session, message_id: int, body: str) -> None:
        """Change what one said; counts as a message, like all that everybody is told."""
        self._messages.take(session.user.id)
        await self.room.edit(session.user.id, message_id, body)

    async def erase(self, session: Session, message_id: int) -> None:
        """Take back what one said."""
        self._messages.take(session.user.id)
        await self.room.erase(session.user.id, message_id)

    async def react(self, session: Session, message_id: int, emoji: str, *, on: bool | None = None) -> None:
        """Add a reaction, take it away, or with None the other of the two."""
        self._messages.take(session.user.id)
        await self.room.react(session.user.id, message_id, emoji, on=on)

    def stream_place(self, connection: HTTPConnection) -> AbstractContextManager[None]:
        """Hold one of the places for streams of this address, or raise `TooMany`."""
        return self._streams.taken(address_of(connection))


def address_of(connection: HTTPConnection) -> str:
    """Return what counts as the address of whoever asks."""
    return address_key(connection.client.host if connection.client else "")
