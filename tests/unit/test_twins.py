"""Numbers that stand in two languages are the same in both."""

import re
from math import prod
from pathlib import Path

import pytest

from hubbub.room.finding import MAX_QUERY
from hubbub.room.name import MAX_NAME
from hubbub.web import audience, pages, typing
from hubbub.web.render import STATIC
from hubbub.web.squeeze import MAX_FRAME

HUBBUB = STATIC.parent.parent
MIGRATIONS = sorted((HUBBUB / "store/migrations/versions").glob("[0-9]*.py"))


def constant(module: str, name: str) -> int:
    """Return a constant of a script: a number, or a product of some."""
    (product,) = re.findall(rf"\b{name}\s*=\s*([\d_*\s]+)", (STATIC / module).read_text())
    return prod(map(int, product.split("*")))


def longest(template: str, field: str) -> int:
    """Return how many characters a field of a template takes."""
    tags = re.findall(r"<input\b[^>]*>", (HUBBUB / "web/templates" / template).read_text())
    (tag,) = (tag for tag in tags if re.search(rf"""\bid=["']?{field}\b""", tag))
    (length,) = re.findall(r"""\bmaxlength=["']?(\d+)""", tag)
    return int(length)


def in_text(file: Path, pattern: str) -> int:
    """Return the one number that is at a place of a text."""
    (number,) = re.findall(pattern, file.read_text())
    return int(number)


def quoted() -> int:
    """Return how many characters of what is replied to the newest view of messages shows."""
    cut = r"\bleft\s*\(\s*original\.body\s*,\s*(\d+)\s*\)"
    return in_text([file for file in MIGRATIONS if re.search(cut, file.read_text())][-1], cut)


@pytest.mark.parametrize(
    ("there", "here"),
    [
        pytest.param(constant("composer.js", "LARGEST_FRAME"), MAX_FRAME, id="bytes of a frame"),
        pytest.param(constant("original.js", "LONGEST"), quoted(), id="characters of a quote"),
        pytest.param(in_text(STATIC / "mention.js", r"\{1,(\d+)\}"), MAX_NAME, id="characters of a mention"),
        pytest.param(longest("searching.html", "query"), MAX_QUERY, id="characters to look for messages by"),
        pytest.param(longest("fragments.html", "part"), pages.MAX_PART, id="characters to look for people by"),
        pytest.param(
            in_text(HUBBUB / "web/api.py", r"\bmax_length\s*=\s*(\d+)"), pages.MAX_PART, id="the same, by the API"
        ),
        pytest.param(
            constant("typing.js", "SAY_EVERY"), typing.EVERY * 1000, id="milliseconds between words of typing"
        ),
        pytest.param(constant("typing.js", "NAMED") + 1, typing.NAMED, id="who type, and the reader"),
    ],
)
def test_number_is_the_same_in_both_languages(there: float, here: float) -> None:
    assert there == here


def test_two_beats_without_a_frame_are_no_trouble_yet_and_three_are() -> None:
    assert 2 < constant("stream.js", "SILENCE_IS_TROUBLE") / 1000 / audience.BEAT < 3
