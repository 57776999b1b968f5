"""How streams get at the socket beneath them.

uvicorn takes a WebSocket protocol class by name; this one puts its socket into the ASGI scope, so that a
frame encoded once can be written to thousands of sockets without passing through each one's machinery.
"""

import asyncio
from typing import cast

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "hubbub.socket"


class Socket:
    """The connection beneath a stream: what is written here is bytes of the wire, whole frames only."""

    def __init__(self, transport: asyncio.Transport, writable: asyncio.Event) -> None:
        self._transport = transport
        self._writable = writable

    @property
    def owes(self) -> int:
        """Bytes that were written and that the client has not taken yet."""
        return self._transport.get_write_buffer_size()

    def write(self, frame: bytes) -> None:
        """Write a frame; nothing happens if the connection is on its way out."""
        if not self._transport.is_closing():
            self._transport.write(frame)

    def cut(self) -> None:
        """End the connection at once, without a close frame."""
        self._transport.abort()

    async def drained(self) -> None:
        """Return when the client keeps up again, or is gone."""
        await self._writable.wait()


class StreamProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, whose scope carries its socket."""

    def handle_connect(self, event: Request) -> None:
        """Start the application for a handshake."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else the handshake was no good and has been answered
            # The application's task has been made but has not run yet.
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[EXTENSION] = Socket(self.transport, self.writable)


def socket_of(scope: Scope) -> Socket:
    """Return the socket of a stream's connection."""
    socket: Socket = scope["extensions"][EXTENSION]
    return socket
