"""Connections: how streams get at the socket beneath them, and how long anybody may hold one.

uvicorn takes its protocol classes from here. No client may keep a connection, memory or the loop to itself by
what it leaves unsaid, leaves unread or says in pieces.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from hubbub.metrics import STREAMS_CUT
from hubbub.web.squeeze import OFFERS, Squeezed

Event: TypeAlias = Any  # an ASGI event, whose types are uvicorn's own

EXTENSION = "hubbub.socket"
ASK = 10.0  # seconds for the head of a request to arrive
ANSWER = 60.0  # seconds from there until it is answered
LINGER = 5.0  # seconds for a client to take the end of its stream
HEAD = 64 * 1024  # bytes, about: a head that is longer and still not complete is refused
UNSENT = 1024 * 1024  # bytes a stream may owe before it is cut; it comes back with its cursor
TURN = 4 * 1024  # bytes after which others are heard first; people's frames are smaller
BREATH = 50  # frames of one client that are heard at once

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Socket:
    """The connection beneath a stream: what is written here is bytes of the wire, whole frames only."""

    __slots__ = ("_transport", "_writable", "hear", "is_behind", "is_heard", "squeezed")

    def __init__(self, transport: asyncio.Transport, writable: asyncio.Event, *, squeezed: bool) -> None:
        self._transport = transport
        self._writable = writable
        # Who hears text at once, as it arrives. What they do not hear so waits to be received.
        self.hear: Callable[[str], None] | None = None
        # Whether the client can read compressed frames.
        self.squeezed = squeezed
        # Whether anything arrived since somebody made this false.
        self.is_heard = True
        # Whether more waits to be read than a client that keeps up would leave.
        self.is_behind = False

    def write(self, frame: bytes) -> None:
        """Write a frame, unless the connection is on its way out, or so much is unread that it is cut."""
        transport = self._transport
        if self.is_behind and transport.get_write_buffer_size() > UNSENT:
            _cut_unread(transport)
        elif not transport.is_closing():
            transport.write(frame)

    def cut(self) -> None:
        """End the connection at once, without a close frame."""
        self._transport.abort()

    async def drained(self) -> None:
        """Return when the client keeps up again, or is gone."""
        await asyncio.sleep(0)  # uvloop writes at the end of its turn, and only then knows what is left over
        await self._writable.wait()


class RequestProtocol(HttpToolsProtocol):
    """uvicorn's protocol for requests, with a bound on their heads and on the time each may take."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        # Bytes of the head that is arriving; None while there is none.
        self._head: int | None = None
        self._deadline = self.loop.call_later(ASK, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what arrives, up to a bound while it is no request yet."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > HEAD:
                self.transport.write(TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        """Give the request its time."""
        self._head = None
        self._wait(ANSWER)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait(ASK)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the stream, which has its own ways to see whether its client lives."""
        self._deadline.cancel()
        super().handle_websocket_upgrade()

    def _wait(self, seconds: float) -> None:
        self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)


class Inbox:
    """What arrived on a stream and waits for it: as `asyncio.Queue`, which weighs two kilobytes while it is empty."""

    __slots__ = ("_events", "_waiter")

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._waiter: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._events

    def put_nowait(self, event: Event) -> None:
        """Put something in."""
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Event:
        """Return what came first, once there is something. For one waiter: the stream."""
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._events.pop(0)


class StreamProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol for streams, whose scope carries its socket."""

    queue: Inbox  # type: ignore[assignment]  # it does what uvicorn asks of its own

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing."""
        super().connection_made(transport)
        self.conn.available_extensions = OFFERS
        self.queue = Inbox()
        # What has arrived of a message in fragments after the first of them.
        self._fragments = bytearray()
        # Frames that were heard at once since the last read.
        self._heard = 0
        self._socket: Socket | None = None

    def handle_connect(self, event: Request) -> None:
        """Start the application for a handshake."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else the handshake was no good and has been answered
            # The application's task has been made but has not run yet.
            extensions = cast("dict[str, object]", self.scope["extensions"])
            squeezed = bool(self.conn.extensions)
            self._socket = extensions[EXTENSION] = Socket(self.transport, self.writable, squeezed=squeezed)

    def pause_writing(self) -> None:
        """Note that the client is behind."""
        super().pause_writing()
        if self._socket:
            self._socket.is_behind = True

    def resume_writing(self) -> None:
        """Note that the client keeps up again."""
        super().resume_writing()
        if self._socket:
            self._socket.is_behind = False

    def data_received(self, data: bytes) -> None:
        """Take in what arrives, a read at a time: between two of one flood all others have their turn."""
        self._heard = 0
        if self._socket:
            self._socket.is_heard = True
        super().data_received(data)
        if not self.handshake_initiated:  # uvicorn keeps the answer to a handshake that is too large
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
        elif len(data) > TURN and not self.read_paused:
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)
        if self.transport.is_closing():  # for what arrived; the application may be waiting for the client
            self._cut_soon()

    def _read_on(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def handle_cont(self, event: Frame) -> None:
        """Take a fragment into one piece: many small ones weigh far more than their bytes."""
        self._fragments += event.data
        if event.fin:
            self.frames.append(bytes(self._fragments))
            self._fragments.clear()
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        """Pass on a whole message; one that is not UTF-8 is the end of the stream, and worth no line in the log."""
        squeezed = Squeezed(b"".join(self.frames)) if isinstance(self.frames[0], Squeezed) else None
        if self.curr_msg_data_type != "text" or self.close_sent:
            self.frames = [b"".join(self.frames)]  # compressed or not: nobody looks at it
            super().send_receive_event_to_app()
            return
        # No queue and no turn of the stream's task: they would cost more than the message.
        hear = self._socket.hear if self._socket and self._heard < BREATH and self.queue.empty() else None
        if squeezed is not None and hear is None:
            # As it came, until it is looked at: all that a read brings would grow a thousandfold at once.
            self.frames, self.curr_msg_data_type = [squeezed], "bytes"
            super().send_receive_event_to_app()
            return
        try:
            text = b"".join(self.frames).decode() if squeezed is None else squeezed.text()
        except ValueError:
            self._end_for_no_text()
            return
        if hear:
            self._heard += 1
            self.frames = []  # else it would be held until the next comes: up to a mebibyte for each stream
            hear(text)
        else:
            super().send_receive_event_to_app()

    async def receive(self) -> Any:  # noqa: ANN401 as uvicorn's types are its own
        """Return what comes next from the client, inflated."""
        message: Event = await super().receive()
        if not isinstance(message.get("bytes"), Squeezed):
            return message
        try:
            return {"type": "websocket.receive", "text": message["bytes"].text()}
        except ValueError:
            self.queue = Inbox()  # nothing that follows is heard
            self._end_for_no_text()
            return await super().receive()

    def _end_for_no_text(self) -> None:
        self.conn.fail(1007)  # which sends nothing to a client that has closed already
        self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer a ping, unless the client leaves the answers unread."""
        if self.transport.get_write_buffer_size() > UNSENT:
            _cut_unread(self.transport)
        else:
            super().handle_ping()

    async def send(self, message: Any) -> None:  # noqa: ANN401 as uvicorn's types are its own
        """Send to the client. Once it is let in, forget what it said of itself, which weighs as much as the rest."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            self.scope["headers"] = []
            del self.request, self.response
        elif message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # by a refusal, which uvicorn would call an error in the log

    async def run_asgi(self) -> None:
        """Serve the stream to its end."""
        await super().run_asgi()
        self._cut_soon()

    def _cut_soon(self) -> None:
        """End the connection even if the client never takes the rest: closing it waits for that."""
        self.loop.call_later(LINGER, self.transport.abort)


def _cut_unread(transport: asyncio.Transport) -> None:
    """Cut a connection whose client has stopped reading."""
    if not transport.is_closing():
        transport.abort()
        STREAMS_CUT.inc()


def socket_of(scope: Scope) -> Socket:
    """Return the socket of a stream's connection."""
    socket: Socket = scope["extensions"][EXTENSION]
    return socket
