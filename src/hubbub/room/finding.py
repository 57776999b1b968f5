"""Finding what was said: what a text is found by.

A text is looked through in its plain form, words apart, whatever the case and the width of its letters. It is found by
its parts, which are numbers: of words, any three characters in a row; of scripts that put no space between words, any
two; and short words as a whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from unicodedata import category, normalize
from zlib import crc32

from hubbub.errors import Refused
from hubbub.room.message import check_characters

MAX_QUERY = 100  # characters
PIECE = 3  # characters of a part
DENSE_PIECE = 2  # … in scripts without spaces
PIECES = 8  # that are looked for at most: each costs a look for every stretch of messages

# Thai, Lao, Burmese, Khmer, Japanese, Chinese; and Korean, whose words are short.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks belong to their letters, though regular expressions do not count them among these. Most are in these blocks.
_MARKS = "".join(
    mark for mark in map(chr, range(0x300, 0x1E00)) if category(mark)[0] == "M" and not re.match(f"[{_DENSE}]", mark)
)
_RUN = re.compile(rf"(?P<dense>[{_DENSE}]+)|[^\W_{_DENSE}](?:[^\W_{_DENSE}]|[{_MARKS}])*")


def plain(text: str) -> str:
    """Return a text as it is looked through: its words, a space before, between and after them."""
    words = [run[0] for run in _RUN.finditer(folded(text))]
    return f" {' '.join(words)} " if words else ""


def folded(text: str) -> str:
    """Return a text whose letters have neither case nor width."""
    return text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())


def parts(plain_text: str) -> set[int]:
    """Return the parts of a text in its plain form, as numbers from -2³¹ to 2³¹-1; two may share one, very rarely."""
    return {_number(piece) for word in plain_text.split() for piece in _pieces(word)}


def _number(piece: str) -> int:
    return crc32(piece.encode()) - (1 << 31)


def _pieces(word: str) -> Iterator[str]:
    size = DENSE_PIECE if is_dense(word) else PIECE
    if len(word) >= size:
        return (word[place : place + size] for place in range(len(word) - size + 1))
    return iter((f" {word} ",))


def is_dense(word: str) -> bool:
    """Whether a plain word is of a script that puts no space between words."""
    run = _RUN.match(word)
    return run is not None and run["dense"] is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: a plain text has to contain each of its texts."""

    # Parts of words; short ones are whole, with a space before and after.
    texts: tuple[str, ...]
    # Some parts of them: whatever contains the texts has these.
    parts: tuple[int, ...]

    @classmethod
    def parse(cls, typed: str) -> "Wanted":
        """Return what was typed; raises `Refused` (`empty`, `too_short`, `too_long`, `bad_text`)."""
        if not typed.strip():
            raise Refused("empty", "Type what you look for.")
        if len(typed) > MAX_QUERY:
            raise Refused("too_long", f"Look for at most {MAX_QUERY} characters.")
        check_characters(typed, "What you look for")
        words = list(dict.fromkeys(plain(typed).split()))
        if not words:
            raise Refused("too_short", "Look for letters or digits: signs alone are not found.")
        if sum(map(len, words)) < DENSE_PIECE:
            raise Refused("too_short", "Type at least two letters.")
        return cls(tuple(map(_text, words)), _some_parts(words))


def _text(word: str) -> str:
    return word if len(word) >= (DENSE_PIECE if is_dense(word) else PIECE) else f" {word} "


def _some_parts(words: list[str]) -> tuple[int, ...]:
    """Return parts spread over all that is looked for, the long words first: most is known of them."""
    pieces = [_number(piece) for word in sorted(words, key=len, reverse=True) for piece in _pieces(word)]
    return tuple(dict.fromkeys(pieces[:: ceil(len(pieces) / PIECES)]))
