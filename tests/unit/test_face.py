"""Everybody has a colour and initials, and the initials can be read on every colour, by day and by night."""

import re

import pytest

from hubbub.room.changes import Author
from hubbub.web.face import HUES, face, hue, initials
from hubbub.web.render import STATIC

CSS = (STATIC / "hubbub.css").read_text()
# Each with its colour by day and by night.
PAIRS = re.findall(r"(?:\.|--)(on-face|h\d+)(?: \{ --face)?: light-dark\((#\w+), (#\w+)\)", CSS)
READABLE = 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ana", "A"),
        ("Ana Maria de Souza", "AS"),
        ("élodie", "É"),
        ("e\u0301lodie", "E\u0301"),
        ("ßo Li", "ßL"),
        ("(Ben) O'Hara", "BO"),
        ("user 12", "U1"),
        ("42", "4"),
        ("山田 太郎", "山"),
        ("שרה לוי", "ש"),
        ("नमस्ते", "न"),
        ("किरण", "कि"),
        ("🦊", "🦊"),
        ("👋🏽 hi", "👋🏽"),
        ("🇧🇷🇵🇹", "🇧🇷"),
        ("Ana 🦊", "A"),
        ("!!!", "!"),
    ],
)
def test_initials_are_what_a_person_would_take_for_first_letters(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_twelve_who_come_one_after_the_other_have_twelve_colours() -> None:
    assert {hue(user_id) for user_id in range(7, 7 + HUES)} == set(range(HUES))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_initials_can_be_read_on_every_colour(theme: int) -> None:
    colours = {name: pair[theme] for name, *pair in PAIRS}
    ground = colours.pop("on-face")
    assert list(colours) == [f"h{number}" for number in range(HUES)]
    assert {name: colour for name, colour in colours.items() if _contrast(colour, ground) < READABLE} == {}


def test_whatever_a_name_is_made_of_stays_in_its_attribute() -> None:
    assert face(Author(1, '"')) == ' class="h5" data-face="&#34;"'
    assert face(Author(2, '<"')) == ' class="h10" data-face="&lt;"'


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Return it as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
