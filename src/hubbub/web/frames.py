"""What is written to streams: WebSocket frames as bytes (RFC 6455), encoded once for all who get them.

Compressed frames too (RFC 7692), as none of them needs what was sent before it.
"""

import struct
import zlib
from dataclasses import replace
from enum import Enum

from hubbub.errors import Refused
from hubbub.room.changes import Changes
from hubbub.web.front_page import Page
from hubbub.web.render import (
    HTML_RESET,
    JSON_RESET,
    html_changes,
    html_listing,
    html_refused,
    json_changes,
    json_listing,
    json_refused,
)

TEXT = 0x81  # final fragment, text
SQUEEZED = 0x40  # RSV1: the data is compressed
SQUEEZE_FROM = 200  # bytes; what is shorter hardly gets smaller
PING = b"\x89\x00"  # a whole frame
# Sizes up to 125 stand in the second byte, which else says in how many bytes the size follows.
TWO_BYTES, EIGHT_BYTES = 126, 127
KEPT = 24  # frames of one delivery: one for each kind, and some whose cursors have to stay behind


def text_frame(text: str, *, squeezed: bool = False) -> bytes:
    """Return one unmasked text frame, as a server sends it; compressed where that is agreed on and worth it."""
    data = text.encode(errors="replace")  # a refused key may hold lone surrogates
    if squeezed and len(data) >= SQUEEZE_FROM and len(smaller := _squeeze(data)) < len(data):
        return _frame(TEXT | SQUEEZED, smaller)
    return _frame(TEXT, data)


def _frame(first: int, data: bytes) -> bytes:
    size = len(data)
    if size < TWO_BYTES:
        return struct.pack("!BB", first, size) + data
    if size < 1 << 16:
        return struct.pack("!BBH", first, TWO_BYTES, size) + data
    return struct.pack("!BBQ", first, EIGHT_BYTES, size) + data


def _squeeze(data: bytes) -> bytes:
    """Return it compressed, by itself and without the end that is always the same (RFC 7692, section 7.2.1)."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


class Kind(Enum):
    """What a stream wants to be told, and how: format, view, and whether compressed."""

    HTML_ROOM = ("html", "room", False)
    HTML_LOBBY = ("html", "lobby", False)
    JSON_ROOM = ("json", "room", False)
    JSON_LOBBY = ("json", "lobby", False)
    HTML_ROOM_SQUEEZED = ("html", "room", True)
    HTML_LOBBY_SQUEEZED = ("html", "lobby", True)
    JSON_ROOM_SQUEEZED = ("json", "room", True)
    JSON_LOBBY_SQUEEZED = ("json", "lobby", True)

    def encode(self, changes: Changes, *, counted: bool) -> bytes:
        """Return the frame that tells a stream of this kind of the changes, and how many people there are now.

        `counted` says whether that may be news; programs are always told.
        """
        form, view, squeezed = self.value
        text = html_changes(changes, view, counted=counted) if form == "html" else json_changes(changes, view)
        return text_frame(text, squeezed=squeezed)

    def encode_listing(self, latest: Changes, page: Page) -> bytes:
        """Return the frame that tells a stream of this kind how the people list begins now."""
        form, _, squeezed = self.value
        if form == "html":
            return text_frame(html_listing(latest, page.users, page.following), squeezed=squeezed)
        return text_frame(json_listing(replace(latest, users=tuple(page.users))), squeezed=squeezed)

    @property
    def view(self) -> str:
        """What a stream of this kind shows."""
        return self.value[1]

    @property
    def reset(self) -> bytes:
        """The frame that sends a stream of this kind back to a fresh page."""
        return text_frame(HTML_RESET if self.value[0] == "html" else JSON_RESET)

    def refuse(self, key: str | None, refused: Refused) -> bytes:
        """Return the frame that says what was refused."""
        return text_frame((html_refused if self.value[0] == "html" else json_refused)(key, refused))


class Delivery:
    """Changes that everybody is told of, encoded once per kind of stream, when the first needs it.

    `rev` is how far they reach. What the frame says of itself may be less: while rows of people are left out, no
    cursor may pass them.
    """

    def __init__(self, changes: Changes, rev: int) -> None:
        self.changes = changes
        self.rev = rev
        self._frames: dict[tuple[Kind, int], bytes] = {}

    def frame(self, kind: Kind, cursor: int | None = None) -> bytes:
        """Return the frame for a kind of stream, which may have to say less of how far a cursor may go."""
        told = self.changes if cursor is None else replace(self.changes, rev=min(cursor, self.changes.rev))
        frame = self._frames.get((kind, told.rev))
        if frame is None:
            frame = kind.encode(told, counted=bool(told.users))
            # Cursors are the clients' own words: whoever makes up many must not fill the memory.
            if told.rev == self.changes.rev or len(self._frames) < KEPT:
                self._frames[kind, told.rev] = frame
        return frame
