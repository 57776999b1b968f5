"""What may be a name, and when two names are the same one.

Rests on the nickname profile of RFC 8266. Rules are added where the profile accepts what a person
cannot see or tell apart: blanks that are not spaces, stacks of combining marks, endless names.
"""

import unicodedata
from dataclasses import dataclass

from precis_i18n import get_profile

from hubbub.errors import Refused

MAX_NAME = 40  # characters, after normalisation
MAX_MARKS = 3  # combining marks on one character; Vietnamese, Hebrew and Thai need up to three

_PRESERVED = get_profile("NicknameCasePreserved")
_MAPPED = get_profile("NicknameCaseMapped")

# U+FE0F asks for the coloured form of an emoji. Keyboards add it unasked and the profile forbids it.
_EMOJI_STYLE = "\ufe0f"
_BRAILLE_BLANK = "\u2800"  # a symbol by category, and nothing on the screen


@dataclass(frozen=True, slots=True)
class Name:
    """A valid name: `text` as it is shown, `key` equal for names that are the same user."""

    text: str
    key: str

    @classmethod
    def parse(cls, typed: str) -> "Name":
        """Return the name that was typed, or raise `Refused` (`empty`, `too_long`, `bad_text`)."""
        if not typed.strip():
            raise Refused("empty", "Enter a name.")
        # Bounds the work of the profile, which is linear in Python and open to anyone.
        if len(typed) > 20 * MAX_NAME:
            raise _too_long(len(typed))
        text = _enforce(typed.replace(_EMOJI_STYLE, ""))
        if len(text) > MAX_NAME:
            raise _too_long(len(text))
        _check_visible(text)
        return cls(text, _MAPPED.enforce(text))


def _enforce(typed: str) -> str:
    try:
        return _PRESERVED.enforce(typed)
    except UnicodeEncodeError as error:
        if error.reason.endswith("empty"):
            raise Refused("empty", "Enter a name.") from None
        raise Refused("bad_text", f"A name cannot contain {_called(error)}.") from None


def _called(error: UnicodeEncodeError) -> str:
    """Name the first offending character, in words a person can look for."""
    character = error.object[error.start]
    if character == "\u200d":
        return "an emoji that is joined from several"
    return f"the character U+{ord(character):04X} ({unicodedata.name(character, 'unnamed')})"


def _check_visible(text: str) -> None:
    if _BRAILLE_BLANK in text:
        raise Refused("bad_text", "A name cannot contain the blank U+2800.")
    if unicodedata.category(text[0]).startswith("M"):
        raise Refused("bad_text", "A name cannot begin with a combining mark.")
    marks = 0
    for character in unicodedata.normalize("NFD", text):
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks > MAX_MARKS:
            raise Refused("bad_text", f"A name can have at most {MAX_MARKS} marks on one letter.")


def _too_long(length: int) -> Refused:
    return Refused("too_long", f"That name has {length} characters; at most {MAX_NAME} are possible.")
