"""What tells people apart at a glance: a colour of their own, and one or two letters of the name."""

import unicodedata
from functools import lru_cache

from markupsafe import Markup

from hubbub.room.changes import Author, User

HUES = 12  # colours in hubbub.css: .h0 to .h11
KEPT = 4_000  # people whose attributes are not made again

_EXTENDING = frozenset({"Mn", "Mc", "Me", "Cf"})
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def face(user: Author | User) -> Markup:
    """Return the attributes of the element with the name: the stylesheet draws the rest, and says it to nobody."""
    return _face(user.id, user.name)


@lru_cache(KEPT)
def _face(user_id: int, name: str) -> Markup:
    return Markup(' class="h{}" data-face="{}"').format(hue(user_id), initials(name))


def hue(user_id: int) -> int:
    """Return which of the colours a user has; those who came one after the other get distant ones."""
    return user_id * 5 % HUES


def initials(name: str) -> str:
    """Return what stands for a name: two clusters of alphabets with capitals, else one.

    Elsewhere the first letter of a last word says nothing. Clusters are those of Unicode's UAX 29, as far as
    names may have them.
    """
    words = [bare for word in name.split() if (bare := _without_signs(word))] or [name]
    first, last = _cluster(words[0]), _cluster(words[-1])
    if len(words) == 1 or not _has_capital(first) or not (_has_capital(last) or last.isdecimal()):
        return _capital(first)
    return _capital(first) + _capital(last)


def _without_signs(word: str) -> str:
    start = next((place for place, letter in enumerate(word) if unicodedata.category(letter)[0] != "P"), len(word))
    return word[start:]


def _cluster(text: str) -> str:
    """Return the first character as a person counts them."""
    end = 2 if len(text) > 1 and all(ord(letter) in _FLAG_LETTERS for letter in text[:2]) else 1
    while end < len(text) and (unicodedata.category(text[end]) in _EXTENDING or ord(text[end]) in _SKIN):
        end += 1
    return text[:end]


def _has_capital(cluster: str) -> bool:
    return cluster.lower() != cluster.upper()


def _capital(cluster: str) -> str:
    """Return it as a capital, unless that takes more letters, as with ß."""
    capital = cluster.upper()
    return capital if len(capital) == len(cluster) else cluster
