"""Marks in what is found the words that were looked for."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from unicodedata import category, normalize

from markupsafe import Markup, escape

from hubbub.room.finding import Wanted, folded

_TAG = re.compile(r"(<[^>]*>)")
_MARK = Markup('<mark class="found">{}</mark>')


def mark_found(markup: Markup, wanted: Wanted) -> Markup:
    """Return markup with all that was looked for marked in its texts; what is between tags stays as it is."""
    parts = _TAG.split(str(markup))  # texts at even places, tags at odd ones
    for place in range(0, len(parts), 2):
        if parts[place]:
            # Composed, as what is looked for: a letter and its accent are one.
            text = normalize("NFC", Markup(parts[place]).unescape())  # noqa: S704 as it is to be text again
            parts[place] = "".join(_marked(text, wanted.texts))
    return Markup("".join(parts))  # noqa: S704 as all texts are escaped again


def _marked(text: str, texts: Sequence[str]) -> Iterator[str]:
    places = _places(text, texts)
    for is_found, run in groupby(range(len(text)), places.__contains__):
        piece = "".join(map(text.__getitem__, run))
        yield str(_MARK.format(piece) if is_found else escape(piece))


def _places(text: str, texts: Sequence[str]) -> set[int]:
    """Return which characters of a text are found."""
    letters = [(letter, place) for place, character in enumerate(text) for letter in _letters(character)]
    searched = f" {''.join(letter for letter, _ in letters)} "
    found: set[int] = set()
    for wanted in texts:
        word = wanted.strip()
        start = searched.find(wanted)
        while start >= 0:
            first = start + wanted.index(word) - 1  # without the space before all
            found.update(place for _, place in letters[first : first + len(word)])
            start = searched.find(wanted, start + len(word))
    return found


@lru_cache(4_096)
def _letters(character: str) -> str:
    """Return a character as `room.finding.plain` has it; a space for what belongs to no word."""
    letters = folded(character)
    is_in_word = all(letter.isalnum() or category(letter).startswith("M") for letter in letters)
    return letters if letters and is_in_word else " "
