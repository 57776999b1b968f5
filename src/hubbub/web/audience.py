"""The audience: the streams of this process, and the fan-out to them.

A frame is encoded once per kind of stream and the same bytes are written to every socket; nothing is
awaited per stream, so a slow one holds up nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from hubbub.errors import Unavailable
from hubbub.metrics import DELIVERIES, FANOUT, REV, STREAMS, USERS
from hubbub.room.changes import Changes
from hubbub.web.frames import Delivery, Kind
from hubbub.web.ring import Ring
from hubbub.web.transport import Socket

BREATH = 250  # writes between two breaths of the loop: about two milliseconds
RECENT = 1_000  # rows that are held for streams that return
BEAT = 1.0  # seconds of silence after which a stream is told that nothing changed

AWAY = Unavailable("The room cannot reach its database. Stay connected: all goes on by itself when it is back.")

log = structlog.get_logger()


class Follower:
    """One socket of the audience, and how far its client is."""

    def __init__(self, kind: Kind, socket: Socket, rev: int) -> None:
        self.kind = kind
        # The revision this client knows of: its own word at first, then what was written to it.
        self.rev = rev
        self._socket = socket
        # Set once the client has been told goodbye: no frame may follow that.
        self.gone = False

    def write(self, frame: bytes) -> None:
        """Write a frame."""
        if not self.gone:
            self._socket.write(frame)

    async def keep_up(self) -> None:
        """Return when the client has taken most of what was written."""
        await self._socket.drained()

    def cut(self) -> None:
        """End the connection without a word."""
        self._socket.cut()

    def tell(self, delivery: Delivery) -> None:
        """Write what was delivered, unless the client knows it already."""
        if delivery.changes.rev > self.rev:
            self.write(delivery.frame(self.kind))
            self.rev = delivery.changes.rev


class Audience:
    """All followers of this process. Implements `room.ports.Listener`."""

    def __init__(self) -> None:
        self._followers: dict[Kind, set[Follower]] = {kind: set() for kind in Kind}
        # What everybody in here has been told, or is being told, without the rows.
        self.latest = Changes(0, (), (), 0, 0)
        # What they were told last, for those who come back.
        self._recent = Ring(RECENT)
        # Whether the room is cut off from its log: then a beat says that.
        self._away = False
        # Whether everybody was told something since the last beat.
        self._told = False
        # One fan-out at a time: frames reach every socket in one order.
        self._fan_out = asyncio.Lock()

    @property
    def size(self) -> int:
        """How many streams follow."""
        return sum(map(len, self._followers.values()))

    def missed(self, rev: int) -> Sequence[Delivery] | None:
        """Return what a cursor lacks of what everybody was told, None if that is too long ago."""
        return self._recent.since(rev)

    def join(self, follower: Follower) -> None:
        """Take in a follower that lacks nothing."""
        self._followers[follower.kind].add(follower)
        STREAMS.set(self.size)
        if self._away:
            follower.write(follower.kind.refuse(None, AWAY))

    def leave(self, follower: Follower) -> None:
        """Let a follower go, if it is in here."""
        follower.gone = True
        self._followers[follower.kind].discard(follower)
        STREAMS.set(self.size)

    async def deliver(self, changes: Changes) -> None:
        """Tell everybody of the changes after `latest`."""
        async with self._fan_out:
            # Moved first: who joins while others are being told must know of these changes already.
            self._move(replace(changes, messages=(), users=()))
            self._told = True
            delivery = self._recent.add(changes)
            DELIVERIES.inc(self.size)
            with FANOUT.time():
                for kind, followers in self._followers.items():
                    if followers:
                        await self._spread(kind, delivery.frame(kind), changes.rev)

    def reset(self, latest: Changes) -> None:
        """Begin at another place of the log; what anybody here knows is void."""
        self._move(latest)
        self._recent.begin(latest.rev)
        for kind, followers in self._followers.items():
            for follower in followers:
                follower.rev = latest.rev
                follower.write(kind.reset)

    def _move(self, latest: Changes) -> None:
        self.latest = latest
        REV.set(latest.rev)
        USERS.labels("online").set(latest.online)
        USERS.labels("known").set(latest.total)

    async def away(self) -> None:
        """Tell everybody that the room is cut off from its log: at once, and with each beat until it is back."""
        await self._turn(away=True)

    async def back(self) -> None:
        """Tell everybody that the room goes on, if it was away."""
        await self._turn(away=False)

    async def _turn(self, *, away: bool) -> None:
        if away == self._away:
            return
        self._away = away
        log.warning("room away" if away else "room back", streams=self.size)
        async with self._fan_out:
            await self._beat()
            self._told = True

    async def run(self) -> None:
        """Tell everybody at least once per beat where the room is, so that silence means trouble."""
        while True:
            await asyncio.sleep(BEAT)
            async with self._fan_out:
                if not self._told:
                    await self._beat()
                self._told = False

    async def _beat(self) -> None:
        for kind, followers in self._followers.items():
            if followers:
                frame = kind.refuse(None, AWAY) if self._away else kind.encode(self.latest)
                await self._spread(kind, frame)

    async def _spread(self, kind: Kind, frame: bytes, rev: int | None = None) -> None:
        """Write a frame to everybody of a kind; one that leads to a revision, to those who lack that.

        What is done here is done for every delivery: `Follower.tell` is written out.
        """
        for count, follower in enumerate(tuple(self._followers[kind]), 1):
            if rev is None:
                follower.write(frame)
            elif follower.rev < rev:
                follower.write(frame)
                follower.rev = rev
            if count % BREATH == 0:
                await asyncio.sleep(0)
