"""Connections below any WebSocket library: frames right or wrong, written and read byte by byte.

A `Wire` blocks, and so is used in a thread: an attacker must not get in the way of those who measure.
"""

import base64
import os
import socket
import struct
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

FIN, RSV1 = 0x80, 0x40
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASKED = 0x80
NARROW = 16 * 1024  # bytes of a buffer
PATIENCE = 20.0  # seconds for anything to arrive; a net, not a measurement


class Frame(NamedTuple):
    """A frame as it came: the first byte, and what it carries."""

    first: int
    data: bytes

    @property
    def opcode(self) -> int:
        """What it is."""
        return self.first & 0x0F

    @property
    def code(self) -> int:
        """The code of a close frame, 0 if it has none."""
        return int(struct.unpack_from("!H", self.data)[0]) if self.data else 0


def frame(data: bytes, first: int = FIN | TEXT, *, masked: bool = True, mask: bytes = bytes(4)) -> bytes:
    """Return a frame of a client; the mask of zeros is one, and leaves the data readable."""
    size, bit = len(data), MASKED if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if any(mask):
        data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
    return head + (mask if masked else b"") + data


def handshake(port: int, path: str = "/stream", *headers: str) -> bytes:
    """Return the request that opens a stream."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Wire:
    """One connection; a context that closes it."""

    def __init__(self, port: int, receive: int | None = None) -> None:
        self.socket = socket.socket()
        if receive is not None:  # bytes that the system takes in for us
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self._buffer = bytearray()

    def open(self, request: bytes) -> Self:
        """Send a handshake and read the answer, which must be yes."""
        self.socket.sendall(request)
        answer = self.head()
        assert answer.startswith(b"HTTP/1.1 101"), answer
        return self

    def head(self) -> bytes:
        """Return the head of an answer, empty if there was none."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._read():
                return b""
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        return head

    def send(self, data: bytes) -> None:
        """Write bytes, as they are."""
        self.socket.sendall(data)

    def next(self) -> Frame | None:
        """Return the next frame, None at the end of the connection."""
        while (found := self._take()) is None:
            if not self._read():
                return None
        return found

    def end(self) -> list[Frame]:
        """Return all frames until the end of the connection."""
        return list(iter(self.next, None))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def _read(self) -> bool:
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self._buffer += data
        return bool(data)

    def _take(self) -> Frame | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size == 126:
            if len(buffer) < 4:
                return None
            (size,), start = struct.unpack_from("!H", buffer, 2), 4
        elif size == 127:
            if len(buffer) < 10:
                return None
            (size,), start = struct.unpack_from("!Q", buffer, 2), 10
        if len(buffer) < start + size:
            return None
        found = Frame(buffer[0], bytes(buffer[start : start + size]))
        del buffer[: start + size]
        return found


def narrow_socket(url: str) -> socket.socket:
    """Connect to a server with a small buffer: what is not read stays with the sender."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    address = urlsplit(url)
    connection.connect((address.hostname, address.port))
    connection.setblocking(False)  # noqa: FBT003 as it has no name
    return connection
