"""Mentions: which names a text may mean after an @.

Names have spaces, so it may mean several of them; the log knows who there is.
"""

import re
from collections.abc import Sequence
from itertools import islice

from hubbub.errors import Refused
from hubbub.room.name import MAX_NAME, Name

MENTIONS = 10  # @ signs of one text that are looked at
WORDS = 6  # of a name

# An address of mail has a letter before its @.
_SIGN = re.compile(r"(?<!\w)@(?=\S)")
_END_OF_WORD = re.compile(r"(?<=\S)(?=\W|$)")


def name_keys(body: str) -> Sequence[str]:
    """Return the keys of all names that may be meant, each once: the next word, the next two, and so on."""
    if "@" not in body:  # as in most: the expression would look at each character
        return ()
    keys: dict[str, None] = {}
    for sign in islice(_SIGN.finditer(body), MENTIONS):
        line = body[sign.end() : sign.end() + MAX_NAME].partition("\n")[0]
        for end in islice(_END_OF_WORD.finditer(line), WORDS):
            try:
                keys[Name.parse(line[: end.start()]).key] = None
            except Refused:
                break  # what cannot be in a name is in all that is longer, too
    return list(keys)
