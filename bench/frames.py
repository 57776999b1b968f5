"""Frames: how many bytes a message is on the wire, alone and together with others, and what deflate would make of it.

Bodies are words of this project's own pages: one letter again and again would flatter deflate.
"""

import re
import zlib
from collections.abc import Sequence

from bench.figure import make
from bench.sides import HERE, Side, database, hubbub
from bench.throng import BODY, STAMP, Throng

TOGETHER = (1, 10, 100)  # messages that are said at once
HEAD = 4  # bytes of a frame before its text: two, if that has less than 126; ten, from 64 KiB


def bodies(count: int) -> list[str]:
    """Return bodies of plausible text, each with a stamp."""
    pages = "".join(page.read_text() for page in sorted((HERE.parent / "docs").glob("*.md")))
    text = " ".join(re.findall(r"(?<= )[\w,.;:'-]+(?= )", pages))
    return [
        f"sent at {number}.0 {text[at : at + BODY]}"[:BODY] for number, at in enumerate(range(0, count * BODY, BODY))
    ]


def frames(side: Side) -> list[bytes]:
    """Return the texts of frames with more and more messages, as one stream got them: the largest of each number."""
    throng, found = Throng(side.port, side.speech), []
    throng.open(1)
    (stream,) = throng.streams
    for together in TOGETHER:
        throng.begin()
        stream.connection.sendall(b"".join(map(side.speech.say, bodies(together))))
        texts = []
        while throng.deliveries < together:
            texts += [piece.text for _, piece in throng.turn(1.0) if piece.stamps]
        found.append(max(texts, key=len))
    throng.close()
    return found


def weights(texts: Sequence[bytes]) -> list[dict[str, float]]:
    """Return the bytes per message, as it is and deflated by itself, of one frame for each number of messages."""
    frames = {len(STAMP.findall(text)): text for text in texts}
    return [
        {
            "messages": messages,
            "plain": (HEAD + len(text)) / messages,
            "deflated": (HEAD + len(deflated(text))) / messages,
        }
        for messages, text in sorted(frames.items())
    ]


def deflated(text: bytes) -> bytes:
    """Return a text as permessage-deflate has it without takeover of context (RFC 7692, section 7.2.1)."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


def measure(_: None) -> dict[str, object]:
    """Weigh both formats."""
    result: dict[str, object] = {}
    with database() as (databases, _postgres):
        for form in ("html", "json"):
            with hubbub(databases, form) as side:
                found = weights(frames(side))
            result[form] = found
            for one in found:
                print(
                    f"  {form}, {one['messages']} in a frame: {one['plain']:.0f} bytes per message,"
                    f" {one['deflated']:.0f} deflated",
                    flush=True,
                )
    return {"body": BODY, **result}


if __name__ == "__main__":
    make("frames", measure, None, None)
