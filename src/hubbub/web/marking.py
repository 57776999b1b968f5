"""Marks in what is found the words that were looked for."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from unicodedata import normalize

from markupsafe import Markup, escape

from hubbub.room.finding import Wanted, folded, runs

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
    letters = [*map(_letters, text)]
    origins = [place for place, some in enumerate(letters) for _ in some]
    # The plain text, and the place of each of its characters.
    searched, places = " ", [-1]
    for run in runs("".join(letters)):
        inside = [at for at in range(run.start(), run.end()) if run.string[at] != "'"]
        searched += f"{''.join(map(run.string.__getitem__, inside))} "
        places += [*map(origins.__getitem__, inside), -1]
    found: set[int] = set()
    for wanted in texts:
        word = wanted.strip()
        start = searched.find(wanted)
        while start >= 0:
            first = start + wanted.index(word)
            end = places[first + len(word) - 1] + 1
            while end < len(text) and not letters[end]:
                end += 1  # the marks of its last letter
            found.update(range(places[first], end))
            start = searched.find(wanted, start + len(word))
    return found


_letters = lru_cache(4_096)(folded)
