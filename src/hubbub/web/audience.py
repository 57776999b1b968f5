"""The audience: what the streams of this process are told, and when.

Everybody is told of everybody, so a storm of people would cost people times people. What is told of them is
rationed: beyond that rows are left out, and the people list lapses until it is shown anew as a whole.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from hubbub.errors import Unavailable
from hubbub.metrics import DELIVERIES, FANOUT, REV, STREAMS, USERS
from hubbub.room.changes import Changes, User
from hubbub.room.room import Room
from hubbub.web.follower import Follower
from hubbub.web.followers import Followers
from hubbub.web.frames import Delivery, Kind
from hubbub.web.front_page import NOTHING, PEOPLE, FrontPage, Page
from hubbub.web.ration import Ration
from hubbub.web.render import html_users
from hubbub.web.ring import Ring

RECENT = 1_000  # rows that are held for streams that return
LATE = 2.0  # seconds to wait for the feed, which looks for itself once a second
# Seconds, in which everybody is told something, if only that nothing changed. So up to two beats may pass between two
# frames, and a little more is trouble to the browser (SILENCE_IS_TROUBLE in stream.js).
BEAT = 1.0
SOONER = 0.5  # … while only beats tell how many people there are
AROUND = 300  # bytes of a frame, about, without the people it tells of: more than one of them

AWAY = Unavailable("The room cannot reach its database. Stay connected: all goes on by itself when it is back.")

log = structlog.get_logger()


class Audience:
    """All followers of this process. Implements `room.ports.Listener`."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._front = FrontPage(room)
        self._followers = Followers()
        # What everybody in here has been told, or is being told, without the rows.
        self.latest = Changes(0, (), (), 0, 0)
        # Up to where nothing was left out: no cursor may pass it while it is behind `latest`.
        self._complete = 0
        # The frames that greet whoever comes, until the room moves.
        self._greetings: tuple[Changes, dict[tuple[Kind, int], bytes]] = self.latest, {}
        # Called with all changes that are delivered.
        self._listeners: list[Callable[[Changes], None]] = []
        # Where the people list was last shown anew.
        self._relisted = 0
        self._ration = Ration()
        # The counts of people that everybody was told last.
        self._counted = (0, 0)
        # What they were told last, for those who come back.
        self._recent = Ring(RECENT)
        # Wakes who waits for `latest` to move.
        self._moved = asyncio.Event()
        # Whether the room is cut off from its log: then a beat says that.
        self._away = False
        # What was mentioned last, if whoever comes is to hear it too.
        self._mentioned: Callable[[Kind], bytes] | None = None
        # Whether everybody was told something since the last beat.
        self._told = False
        # One fan-out at a time: frames reach every socket in one order.
        self._fan_out = asyncio.Lock()

    @property
    def size(self) -> int:
        """How many streams follow."""
        return len(self._followers)

    @property
    def has_lapsed(self) -> bool:
        """Whether rows of people were left out since the people list was last shown."""
        return self._complete < self.latest.rev

    def cursor(self, rev: int) -> int:
        """Return the cursor of a client that was told of everything up to a revision, but for what was left out."""
        return min(rev, self._complete) if self.has_lapsed else rev

    async def now(self) -> tuple[Changes, Page]:
        """Return where the room is, without rows, and what a fresh page shows of it; raises `Unavailable`.

        All that was committed before is in it, unless the feed is in trouble: then what everybody knows.
        """
        head = await self._room.head()
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE):
                while self.latest.rev < head.rev:
                    await self._moved.wait()
        page = await self._front.read()
        return self.latest, page

    @property
    def known(self) -> tuple[Changes, Page]:
        """The same without asking: what everybody was told last."""
        return self.latest, self._front.page or NOTHING

    def missed(self, rev: int) -> Sequence[Delivery] | None:
        """Return what a cursor lacks of what everybody was told, None if that is too long ago."""
        return self._recent.since(rev)

    def held_back(self, asked: int) -> int | None:
        """Return where the cursor of a client has to stay until it is shown the list anew, None if it need not.

        It came with a cursor from before the list was last shown: rows are missing in what it catches up with.
        """
        return asked if asked < self._relisted else None

    def join(self, follower: Follower, asked: int) -> None:
        """Take in a follower that lacks nothing, whose client had come with a cursor, and tell it where the room is."""
        self._followers.add(follower)
        STREAMS.set(self.size)
        if self.held_back(asked) is not None:
            self._relist_for(follower, asked)
        follower.write(self._greet(follower.kind, self.cursor(follower.rev)))
        if self._away:
            follower.write(follower.kind.refuse(None, AWAY))
        elif self._mentioned and follower.kind.view == "room":
            follower.write(self._mentioned(follower.kind))

    def _greet(self, kind: Kind, cursor: int) -> bytes:
        """Return the frame that says where the room is; in a rush it is the same for all who come."""
        if self._greetings[0] is not self.latest:
            self._greetings = self.latest, {}
        greetings = self._greetings[1]
        if (kind, cursor) not in greetings:
            greetings[kind, cursor] = kind.encode(replace(self.latest, rev=cursor), counted=True)
        return greetings[kind, cursor]

    def leave(self, follower: Follower) -> None:
        """Let a follower go, if it is in here."""
        follower.close()
        self._followers.discard(follower)
        STREAMS.set(self.size)

    def recall(self, changes: Changes) -> None:
        """Take in the changes after `latest`, from before anybody was here, for those who come back."""
        self._move(replace(changes, messages=(), users=()))
        self._complete = changes.rev
        self._recent.add(Delivery(changes, changes.rev))

    async def deliver(self, changes: Changes) -> None:
        """Tell everybody of the changes after `latest`."""
        async with self._fan_out:
            for listener in self._listeners:
                listener(changes)
            # What was told to some before it failed is told whole again.
            is_complete = changes.rev <= self._complete or (not self.has_lapsed and self._affords(changes.users))
            # Moved first: who joins while others are being told must know of these changes already.
            self._move(replace(changes, messages=(), users=()))
            self._front.move(changes)
            if is_complete:
                self._complete = changes.rev
            else:
                changes = replace(changes, rev=self._complete, users=())
            if not changes.size:
                return  # the counts come with the next beat
            delivery = Delivery(changes, self.latest.rev)
            self._recent.add(delivery)
            self._told = True
            if changes.users:
                self._counted = changes.online, changes.total
            DELIVERIES.inc(self.size)
            with FANOUT.time():
                await self._followers.tell(delivery.frame, delivery.rev)

    def _affords(self, users: Sequence[User]) -> bool:
        """Whether everybody may be told of these people; more of them than a window has are better told as a window."""
        if not users or (len(users) <= PEOPLE and self._ration.take(AROUND + len(html_users(users)))):
            return True
        self._ration.forfeit()
        return False

    def reset(self, latest: Changes) -> None:
        """Begin at another place of the log; what anybody here knows is void."""
        self._move(latest)
        self._front.forget()
        self._complete = self._relisted = latest.rev
        self._recent.begin(latest.rev)
        for follower in self._followers:
            follower.rev = latest.rev
            follower.write(follower.kind.reset)

    def _move(self, latest: Changes) -> None:
        self.latest = latest
        self._moved.set()
        self._moved.clear()
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

    def listen(self, listener: Callable[[Changes], None]) -> None:
        """Call a listener with all changes from now on, before anybody is told of them; they may come twice."""
        self._listeners.append(listener)

    async def mention(self, frame: Callable[[Kind], bytes], *, keep: bool) -> bool:
        """Tell the room, and not the lobby, what moves no cursor; false, and nothing told, while it is away.

        What is to be kept is told to whoever comes, until something else is mentioned.
        """
        async with self._fan_out:
            if self._away:  # any frame but the refusal would say that the room is back
                return False
            self._mentioned = frame if keep else None
            await self._followers.tell(frame, view="room")
            return True

    async def run(self) -> None:
        """Tell everybody at least once per beat where the room is, so that silence means trouble."""
        while True:
            await asyncio.sleep(SOONER if self.has_lapsed else BEAT)
            if self.has_lapsed:
                with suppress(Unavailable, TimeoutError):  # it stays as it is a little longer
                    async with asyncio.timeout(BEAT):
                        await self._front.read()
            async with self._fan_out:
                if self.has_lapsed and not self._away:  # any frame but the refusal would say that the room is back
                    await self._relist()
                if not self._told or self._counted != (self.latest.online, self.latest.total):
                    await self._beat()
                self._told = False

    async def _beat(self) -> None:
        counts = self.latest.online, self.latest.total
        here, counted = replace(self.latest, rev=self._complete), counts != self._counted
        self._counted = counts
        if self._away:
            await self._followers.tell(lambda kind: kind.refuse(None, AWAY))
        else:
            await self._followers.tell(lambda kind: kind.encode(here, counted=counted))

    async def _relist(self) -> None:
        """Show everybody the people list anew, once that is affordable."""
        page = self._front.page
        if page is None or not self._ration.take(len(Kind.HTML_ROOM.encode_listing(self.latest, page))):
            return
        self._complete = self._relisted = self.latest.rev
        self._counted, self._told = (self.latest.online, self.latest.total), True
        for follower in self._followers:
            follower.rev = self.latest.rev  # who was ahead of everybody lacks again what the list does not have yet
        await self._followers.tell(lambda kind: kind.encode_listing(self.latest, page))

    def _relist_for(self, follower: Follower, asked: int) -> None:
        """Show one client the list, which others were shown after its cursor."""
        if page := self._front.page:
            follower.write(follower.kind.encode_listing(replace(self.latest, rev=self.cursor(follower.rev)), page))
            follower.rev = min(follower.rev, self.latest.rev)  # as in `_relist`
        else:
            self._complete = min(self._complete, asked)  # it has to be read: everybody is shown it again
