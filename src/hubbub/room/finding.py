"""Finding what was said: what a text is found by.

A text is looked through in its plain form, words apart, whatever the case, the width and the accents of its letters. It
is found by its parts, which are numbers: of words, their first letter, and any three characters in a row; of scripts
that put no space between words, any one and any two; and short words as a whole.
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
ENOUGH = 2  # characters that are worth looking for; of dense scripts, each is
PIECE = 3  # characters of a part
DENSE_PIECE = 2  # … in scripts without spaces
PIECES = 8  # that are looked for at most: each costs a look for every stretch of messages

# Thai, Lao, Burmese, Khmer, Japanese, Chinese; Korean, whose words are short; and emoji, which are words each.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2600-\u27bf\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U0001f1e6-\U0001faff\U00020000-\U0003ffff"
)
_DENSE_LETTER = re.compile(f"[{_DENSE}]")
# Marks belong to their letters, though regular expressions do not count them among these. Most are in these blocks.
_MARKS = "".join(
    mark for mark in map(chr, range(0x300, 0x1E00)) if category(mark)[0] == "M" and not _DENSE_LETTER.match(mark)
)
_LETTER = rf"[^\W_{_DENSE}]"
_RUN = re.compile(rf"[{_DENSE}]+|{_LETTER}(?:{_LETTER}|[{_MARKS}]|'(?={_LETTER}))*")
# Marks before U+0700 are accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic letters, and left out as often
# as not; later ones are vowels. What stretches an Arabic word, or colours an emoji, is not looked for either.
_ACCENTS = [mark for mark in map(chr, range(0x300, 0x700)) if category(mark) in {"Mn", "Me"}]
_FOLDS = str.maketrans({**dict.fromkeys([*_ACCENTS, "\u0640", "\ufe0f"]), **dict.fromkeys("\u2018\u2019\u02bc", "'")})


def plain(text: str) -> str:
    """Return a text as it is looked through: its words, a space before, between and after them."""
    words = [run[0].replace("'", "") for run in runs(folded(text))]
    return f" {' '.join(words)} " if words else ""


def folded(text: str) -> str:
    """Return a text whose letters have neither case nor width nor accents."""
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKD", normalize("NFKD", text).casefold()).translate(_FOLDS))


def runs(folded_text: str) -> Iterator[re.Match[str]]:
    """Find the words of a folded text; an apostrophe within one is no part of it."""
    return _RUN.finditer(folded_text)


def parts(plain_text: str) -> set[int]:
    """Return the parts of a text in its plain form, as numbers from -2³¹ to 2³¹-1; two may share one, very rarely."""
    return {_number(piece) for word in plain_text.split() for piece in _kept(word)}


def _number(piece: str) -> int:
    return crc32(piece.encode()) - (1 << 31)


def _kept(word: str) -> Iterator[str]:
    if is_dense(word):
        yield from word
    else:
        yield f" {word[0]}"
    yield from _pieces(_text(word))


def _text(word: str) -> str:
    """Return what contains a whole word: itself, or if it is too short for others not to contain it, with its ends."""
    return word if len(word) >= PIECE or is_dense(word) else f" {word} "


def _pieces(text: str) -> Iterator[str]:
    """Return the parts of what is in one word: of what begins with a space the whole or, without another, its first."""
    if text[0] == " ":
        return iter((text if text[-1] == " " else text[:2],))
    size = min(len(text), DENSE_PIECE if is_dense(text) else PIECE)
    return (text[place : place + size] for place in range(len(text) - size + 1))


def is_dense(word: str) -> bool:
    """Whether a plain word is of a script that puts no space between words."""
    return not word.isascii() and _DENSE_LETTER.match(word) is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: a plain text has to contain each of its texts."""

    # Parts of words. Short ones are whole, with a space before and after; but if there is something else to look for,
    # the last may be on its way: without the space after it.
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
        words = plain(typed).split()
        if not words:
            raise Refused("too_short", "Look for letters or digits: signs alone are not found.")
        if sum(map(len, words)) < ENOUGH and not is_dense(words[0]):
            raise Refused("too_short", "Type at least two letters.")
        texts = [_text(word) for word in words]
        if len(texts) > 1:
            texts[-1] = texts[-1].rstrip()
        texts = list(dict.fromkeys(texts))
        return cls(tuple(texts), _some_parts(texts))


def _some_parts(texts: list[str]) -> tuple[int, ...]:
    """Return parts spread over all that is looked for, the long words first: most is known of them."""
    by_length = sorted(texts, key=lambda text: len(text.strip()), reverse=True)
    pieces = [_number(piece) for text in by_length for piece in _pieces(text)]
    return tuple(dict.fromkeys(pieces[:: ceil(len(pieces) / PIECES)]))
