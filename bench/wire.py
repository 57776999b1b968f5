"""A WebSocket client that costs next to nothing, so that a bench measures the server.

It speaks just enough of RFC 6455 for text frames to a server that is trusted, and looks for bytes in what
arrives instead of parsing it.
"""

import asyncio
import base64
import json
import os
import re
import struct
from collections.abc import Callable
from typing import cast

PING, PONG = 0x9, 0x8A


class Wire(asyncio.Protocol):
    """One stream. Whole frames are given to `arrived` as they come."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = bytearray()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.arrived: Callable[[bytes], None] = lambda _: None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; hand out the frames that are whole."""
        self._buffer += data
        if not self.opened.done():
            self._open()
        while (frame := self._next_frame()) is not None:
            self.arrived(frame)

    def connection_lost(self, _: Exception | None) -> None:
        """Take note."""
        self.lost = True

    def say(self, key: str, body: str) -> None:
        """Send a message."""
        self._send(0x81, json.dumps({"say": {"key": key, "body": body}}).encode())

    def close(self) -> None:
        """End the connection."""
        self._transport.abort()

    def _open(self) -> None:
        head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if end:
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self._buffer = bytearray(rest)
            self.opened.set_result(None)

    def _next_frame(self) -> bytes | None:
        if not self.opened.done() or len(self._buffer) < 2:
            return None
        size, start = self._buffer[1], 2
        if size == 126 and len(self._buffer) >= 4:
            (size,), start = struct.unpack_from("!H", self._buffer, 2), 4
        elif size == 127 and len(self._buffer) >= 10:
            (size,), start = struct.unpack_from("!Q", self._buffer, 2), 10
        elif size >= 126:
            return None
        if len(self._buffer) < start + size:
            return None
        kind, frame = self._buffer[0] & 0xF, bytes(self._buffer[start : start + size])
        del self._buffer[: start + size]
        if kind == PING:
            self._send(PONG, frame)
            return self._next_frame()
        return frame

    def _send(self, kind: int, data: bytes) -> None:
        size = len(data)
        head = struct.pack("!BB", kind, 0x80 | size) if size < 126 else struct.pack("!BBH", kind, 0xFE, size)
        # A mask of zeros is a mask: https://www.rfc-editor.org/rfc/rfc6455#section-5.3
        self._transport.write(head + bytes(4) + data)


async def open_wire(port: int, token: str, form: str = "json") -> Wire:
    """Open a stream of the room from now on."""
    request = (
        f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: hubbub.{form}\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(request.encode()), "127.0.0.1", port)
    await wire.opened
    return wire


def stamps(frame: bytes) -> list[float]:
    """Return the times that messages of `latency` carry in their bodies."""
    return [float(stamp) for stamp in re.findall(rb"sent at ([0-9.]+)", frame)]
