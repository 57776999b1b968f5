"""What may be said: the rules of a message's body and of its key."""

import re
from uuid import UUID

from emoji import demojize, emojize, is_emoji

from hubbub.errors import Refused

EMOJI = ("👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "✅")  # that are offered first; any other will do
MAX_BODY = 4000  # characters (code points), after normalisation

# What no text needs and PostgreSQL or a terminal would choke on: controls except tab and newline,
# and lone surrogates, which JSON can carry and UTF-8 cannot.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# Characters that show nothing, for a set: white space, and those Unicode calls ignorable or blank.
BLANK = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_BLANK = re.compile(f"[{BLANK}]*")


def parse_body(typed: str) -> str:
    """Return the body to store, or raise `Refused` (`empty`, `too_long`, `bad_text`).

    Line ends become newlines, blank lines around the text are dropped, all else is kept as typed.
    """
    body = typed.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    if _BLANK.fullmatch(body):
        raise Refused("empty", "Write something first.")
    if len(body) > MAX_BODY:
        raise Refused("too_long", f"That is {len(body):,} characters; at most {MAX_BODY:,} fit in one message.")
    check_characters(body, "A message")
    return body


def check_characters(text: str, what: str) -> None:
    """Raise `Refused` (`bad_text`) if a text has characters that no text needs."""
    if not text.isprintable() and (found := _FORBIDDEN.search(text)):  # most are, and that is seen sooner
        raise Refused("bad_text", f"{what} cannot contain the control character U+{ord(found[0]):04X}.")


def parse_emoji(typed: str) -> str:
    """Return the emoji to react with, or raise `Refused` (`bad_emoji`).

    Keyboards write some with the sign that asks for the coloured form and some without: here they are one.
    """
    if not is_emoji(typed):
        raise Refused("bad_emoji", "React with one emoji.")
    return emojize(demojize(typed))


def parse_key(typed: object) -> UUID:
    """Return the message's key, or raise `Refused` (`bad_key`)."""
    try:
        return UUID(str(typed))
    except ValueError:
        raise Refused("bad_key", "The key must be a UUID, made once per message.") from None
