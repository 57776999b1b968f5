"""WebSocket frames as bytes (RFC 6455), encoded once for all who get them."""

import struct

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
