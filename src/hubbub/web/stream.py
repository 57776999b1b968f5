"""A stream: one client's socket, from handshake to goodbye.

It asks "what changed after your cursor?" until it has caught up with the audience, joins it in the same
step, and then only listens: what the client says goes to the room in the order in which it came.
"""

import asyncio
from asyncio import Future
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from hubbub.errors import Refused, Unavailable
from hubbub.metrics import REFUSALS
from hubbub.room.ports import Note, Notes, Said
from hubbub.room.presence import Presence
from hubbub.web.audience import Audience
from hubbub.web.follower import Follower
from hubbub.web.frames import Delivery
from hubbub.web.guard import check_origin
from hubbub.web.handshake import choose_kind, is_of, parse_after
from hubbub.web.hearing import understand
from hubbub.web.identity import Session
from hubbub.web.problems import problem
from hubbub.web.pulse import Pulse
from hubbub.web.reception import Reception
from hubbub.web.transport import BREATH, socket_of
from hubbub.web.typing import Typing

CHUNK = 200  # rows in one frame while catching up
FAR = 2_000  # rows after which a fresh page costs less than catching up
GOODBYE = 1.0  # seconds to say it
SEEING_OUT = 5.0  # seconds at the most for closing all streams, one after the other
SEEN_OUT = 100  # streams that are closed per second at the least
COME_BACK = 1012
TRY_LATER = 1013
LEFT = 4401


class Streams:
    """Opens streams, and ends those of a session that leaves, in whichever process they are."""

    def __init__(  # noqa: PLR0913, PLR0917 as they are what a stream meets
        self,
        reception: Reception,
        presence: Presence,
        audience: Audience,
        typing: Typing,
        pulse: Pulse,
        notes: Notes,
    ) -> None:
        self._reception = reception
        self._presence = presence
        self._audience = audience
        self._typing = typing
        self._pulse = pulse
        self._notes = notes
        notes.listen(self._take_note)
        self._open: set[Stream] = set()
        # Streams of the room by session: the tabs of one browser.
        self._by_session: dict[str, set[Stream]] = {}
        # Goodbyes that are being said.
        self._goodbyes: set[asyncio.Task[None]] = set()
        # Whether nobody is let in any more.
        self.is_closed = False

    async def open(self, websocket: WebSocket) -> None:
        """Serve a connection until it ends."""
        try:
            check_origin(websocket)
            subprotocol, kind = choose_kind(websocket)
            session = None if kind.view == "lobby" else self._reception.need_session(websocket)
            after = parse_after(websocket, default=self._audience.latest.rev)
            with self._reception.stream_place(websocket):
                if self.is_closed:
                    raise Unavailable("This server is about to stop. Connect again.")
                await websocket.accept(subprotocol)
                if session and not is_of(websocket, session):
                    await websocket.close(LEFT, "This browser is somebody else now.")
                    return
                follower = Follower(kind, socket_of(websocket.scope), after)
                with self._pulse.of(follower):
                    stream = Stream(websocket, self._reception, self._audience, self._typing, follower, session)
                    await self._serve(stream, session)
        except Refused as refused:
            REFUSALS.labels(refused.code).inc()
            await websocket.send_denial_response(problem(refused))
        except WebSocketDisconnect:
            pass  # as streams do

    async def _serve(self, stream: "Stream", session: Session | None) -> None:
        self._open.add(stream)
        try:
            if session is None:
                await stream.run()
            else:
                await self._serve_user(stream, session)
        finally:
            self._open.discard(stream)

    async def _serve_user(self, stream: "Stream", session: Session) -> None:
        self._presence.opened(session.user.id)
        tabs = self._by_session.setdefault(session.id, set())
        tabs.add(stream)
        try:
            await stream.run()
        finally:
            tabs.discard(stream)
            if not tabs:
                self._by_session.pop(session.id, None)
            self._presence.closed(session.user.id, at_once=stream.left)

    def leave(self, session: Session) -> None:
        """Say goodbye to every stream of a session, here and elsewhere; its user leaves without grace."""
        self._notes.tell({"left": session.id, "user": str(session.user.id)})

    def _take_note(self, note: Note) -> None:
        for stream in self._by_session.get(note.get("left", ""), ()):
            stream.left = True
            self._dismiss(stream, LEFT, "You have left.")

    def _dismiss(self, stream: "Stream", code: int, reason: str) -> None:
        goodbye = asyncio.create_task(stream.end(code, reason))
        self._goodbyes.add(goodbye)
        goodbye.add_done_callback(self._goodbyes.discard)

    async def see_out(self) -> None:
        """Let nobody in any more, and close the streams there are, one after the other.

        Whoever is closed comes back, here or to another server: all at once would be a stampede.
        """
        self.is_closed = True
        streams = list(self._open)
        pause = min(1 / SEEN_OUT, SEEING_OUT / max(1, len(streams)))
        until = asyncio.get_running_loop().time()
        for stream in streams:
            self._dismiss(stream, COME_BACK, "The server stops. Connect again.")
            until += pause
            await asyncio.sleep(until - asyncio.get_running_loop().time())
        if self._goodbyes:
            await asyncio.wait(self._goodbyes)


class Stream:
    """One client's socket."""

    def __init__(  # noqa: PLR0913, PLR0917 as they are what it speaks with
        self,
        websocket: WebSocket,
        reception: Reception,
        audience: Audience,
        typing: Typing,
        follower: Follower,
        session: Session | None,
    ) -> None:
        self._websocket = websocket
        self._reception = reception
        self._audience = audience
        self._typing = typing
        self._follower = follower
        self._session = session
        # Whether the user said that they leave.
        self.left = False

    async def run(self) -> None:
        """Catch up, follow and listen until the client is gone."""
        try:
            asked = self._follower.rev
            await self._catch_up(asked)
            self._audience.join(self._follower, asked)
            await self._listen()
        except Unavailable as error:
            REFUSALS.labels(error.code).inc()
            await self._websocket.close(TRY_LATER, error.detail)
        finally:
            self._follower.listen(None)
            self._audience.leave(self._follower)

    async def end(self, code: int, reason: str) -> None:
        """Say goodbye."""
        self._audience.leave(self._follower)
        try:
            async with asyncio.timeout(GOODBYE):
                await self._websocket.close(code, reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            self._follower.cut()

    async def _catch_up(self, asked: int) -> None:
        """Send what changed after the cursor, until it lacks nothing that the audience was told."""
        follower = self._follower
        # Ahead is a page that was made a moment before the feed was there, or a cursor of another database.
        if follower.rev > self._audience.latest.rev and follower.rev > (await self._reception.room.head()).rev:
            self._reset()
        while missed := await self._missed():
            for delivery in missed:
                follower.tell(delivery, self._audience.held_back(asked))
                await follower.keep_up()

    async def _missed(self) -> Sequence[Delivery]:
        """Return what this lacks of what the audience was told; too old for that, it is read from the database first.

        Asked after every wait: while a slow client took its time, the audience may have been told much more.
        """
        follower = self._follower
        for _ in range(FAR // CHUNK):
            missed = self._audience.missed(follower.rev)
            if missed is not None:
                return missed
            for part in (await self._reception.room.changes(follower.rev, CHUNK)).parts():
                follower.tell(Delivery(part, part.rev))
                await follower.keep_up()
        self._reset()
        return ()

    def _reset(self) -> None:
        self._follower.write(self._follower.kind.reset)
        self._follower.rev = self._audience.latest.rev

    async def _listen(self) -> None:
        """Hear what the client says until it is gone; what has not been heard at once is received, in its order."""
        self._follower.listen(self._hear)
        heard = 0
        while (message := await self._websocket.receive())["type"] == "websocket.receive":
            self._hear(message.get("text"))
            heard += 1
            if heard % BREATH == 0:  # what has arrived already is received without a pause
                await asyncio.sleep(0)

    def _hear(self, text: str | None) -> None:
        key = None
        try:
            if (said := understand(text)) is None:
                if self._session:
                    self._typing.typed(self._session.user)
                return
            key, body, reply_to = said
            saying = self._reception.say(self._session, key, body, reply_to)
            saying.add_done_callback(partial(self._answer, key))
        except Refused as refused:
            self._refuse(key, refused)

    def _refuse(self, key: str | None, refused: Refused) -> None:
        REFUSALS.labels(refused.code).inc()
        self._follower.write(self._follower.kind.refuse(key, refused))

    def _answer(self, key: str, said: Future[Said]) -> None:
        """Tell the client what became of what it said, unless everybody is told of it anyway."""
        if said.cancelled():
            return
        error = said.exception()
        if isinstance(error, Refused):
            self._refuse(key, error)
        elif not said.result().fresh and said.result().message.rev <= self._follower.rev:
            # Only what this client was told already: anything newer comes with the feed, in its place. The
            # frame must not move the cursor beyond what was written.
            rev = self._audience.cursor(self._follower.rev)
            repeated = replace(self._audience.latest, rev=rev, messages=(said.result().message,))
            self._follower.write(self._follower.kind.encode(repeated, counted=False))
