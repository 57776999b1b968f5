"""Mentions: which names a text may mean after an @.

Names have spaces, so it may mean several of them; the log knows who there is. Scripts without spaces go on right before
the sign and right after a name.
"""

import re
from collections.abc import Sequence
from itertools import islice

from hubbub.errors import Refused
from hubbub.room.name import MAX_NAME, Name

MENTIONS = 10  # @ signs of one text that are looked at
WORDS = 6  # of a name
LETTERS = 6  # of a name in a script without spaces
# Letters of such scripts: Thai, Lao, Burmese, Khmer, Japanese, Chinese; and Korean, whose endings follow names.
DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)

# What is before and after a mention, for expressions. An address of mail has a letter before its @.
BEFORE = rf"(?<![^\W{DENSE}])"
AFTER = rf"(?:(?<=[{DENSE}])|(?![^\W{DENSE}]))"
_SIGN = re.compile(rf"{BEFORE}@(?=\S)")
_END_OF_WORD = re.compile(r"(?<=\S)(?=\W|$)")
_AT_LETTER = re.compile(rf"(?<=\w)(?:(?<=[{DENSE}])|(?=[{DENSE}]))")


def name_keys(body: str) -> Sequence[str]:
    """Return the keys of all names that may be meant, each once: the next word, the next two, and so on."""
    if "@" not in body:  # as in most: the expression would look at each character
        return ()
    keys: dict[str, None] = {}
    for sign in islice(_SIGN.finditer(body), MENTIONS):
        line = body[sign.end() : sign.end() + MAX_NAME].partition("\n")[0]
        ends = *islice(_END_OF_WORD.finditer(line), WORDS), *islice(_AT_LETTER.finditer(line), LETTERS)
        for end in sorted({end.start() for end in ends}):
            try:
                keys[Name.parse(line[:end]).key] = None
            except Refused:
                break  # what cannot be in a name is in all that is longer, too
    return list(keys)
