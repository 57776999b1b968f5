"""What is written to streams: WebSocket frames as bytes (RFC 6455), encoded once for all who get them."""

import struct
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
# Sizes up to 125 stand in the second byte, which else says in how many bytes the size follows.
TWO_BYTES, EIGHT_BYTES = 126, 127


def text_frame(text: str) -> bytes:
    """Return one unmasked text frame, as a server sends it without extensions."""
    data = text.encode(errors="replace")  # a refused key may hold lone surrogates
    size = len(data)
    if size < TWO_BYTES:
        return struct.pack("!BB", TEXT, size) + data
    if size < 1 << 16:
        return struct.pack("!BBH", TEXT, TWO_BYTES, size) + data
    return struct.pack("!BBQ", TEXT, EIGHT_BYTES, size) + data


class Kind(Enum):
    """What a stream wants to be told, and how: format and view."""

    HTML_ROOM = ("html", "room")
    HTML_LOBBY = ("html", "lobby")
    JSON_ROOM = ("json", "room")
    JSON_LOBBY = ("json", "lobby")

    def encode(self, changes: Changes, *, counted: bool) -> bytes:
        """Return the frame that tells a stream of this kind of the changes, and how many people there are now.

        `counted` says whether that may be news; programs are always told.
        """
        form, view = self.value
        if form == "html":
            return text_frame(html_changes(changes, view, counted=counted))
        return text_frame(json_changes(changes, view))

    def encode_listing(self, latest: Changes, page: Page) -> bytes:
        """Return the frame that tells a stream of this kind how the people list begins now."""
        if self.value[0] == "html":
            return text_frame(html_listing(latest, page.users, page.following))
        return text_frame(json_listing(replace(latest, users=tuple(page.users))))

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
        self._frames: dict[Kind, bytes] = {}

    def frame(self, kind: Kind) -> bytes:
        """Return the frame for a kind of stream."""
        if kind not in self._frames:
            self._frames[kind] = kind.encode(self.changes, counted=bool(self.changes.users))
        return self._frames[kind]
