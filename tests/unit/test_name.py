"""Proves which names the room takes, when two are one user, and that a refusal says what is wrong."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.room.name import MAX_MARKS, MAX_NAME, Name

ACUTE = "\u0301"


@pytest.mark.parametrize("typed", ["Ana", " ana ", "ANA", "ａｎａ", "\u3000Ana\u00a0"])
def test_spellings_of_one_name_are_one_user(typed: str) -> None:
    assert Name.parse(typed).key == "ana"


def test_name_is_shown_as_typed_without_the_blanks_around_and_between() -> None:
    assert Name.parse("  Ana  María ").text == "Ana María"


@pytest.mark.parametrize(("typed", "other"), [("Ana", "Anna"), ("Ana", "Аnа"), ("Jose", "José"), ("a b", "ab")])
def test_different_names_are_different_users(typed: str, other: str) -> None:
    assert Name.parse(typed).key != Name.parse(other).key


@pytest.mark.parametrize(
    "typed",
    [
        "x",
        "a" * MAX_NAME,
        "😀" * MAX_NAME,
        "Nguyễn Thị Ấu",
        "עִבְרִית",
        "ไทยน้ำ",
        "نام\u200cخانوادگی",  # Persian needs its zero width non-joiner
        "ক্ষ",
        "👍🏽",
        "O'Brien-Smith, 3rd!",
        "<b>&amp;",
        "e" + MAX_MARKS * ACUTE,
    ],
)
def test_names_of_the_world_are_taken(typed: str) -> None:
    assert Name.parse(typed).text == unicodedata.normalize("NFKC", typed)


@pytest.mark.parametrize(("typed", "text"), [("❤\ufe0f", "❤"), ("Ana ☀\ufe0f", "Ana ☀"), ("1\ufe0f\u20e3", "1\u20e3")])
def test_emoji_in_its_coloured_form_is_taken_without_the_request_for_colour(typed: str, text: str) -> None:
    assert Name.parse(typed).text == text


@pytest.mark.parametrize(
    ("typed", "code", "detail"),
    [
        ("", "empty", "Enter a name."),
        (" \t\n\u3000", "empty", "Enter a name."),
        ("\ufe0f", "empty", "Enter a name."),
        ("a" * 41, "too_long", "41 characters; at most 40"),
        ("\ufdfa" * 3, "too_long", "54 characters; at most 40"),  # one character that stands for eighteen
        ("a" * 100_000, "too_long", "100000 characters"),
        ("\u2800", "bad_text", "blank U+2800"),
        ("Ana\u2800", "bad_text", "blank U+2800"),
        ("\u202eanA", "bad_text", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("Ana\u2066", "bad_text", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
        ("A\x00na", "bad_text", "U+0000"),
        ("A\tna", "bad_text", "U+0009"),
        ("A\x1bna", "bad_text", "U+001B"),
        ("A\u200bna", "bad_text", "U+200B (ZERO WIDTH SPACE)"),
        ("A\ufeffna", "bad_text", "U+FEFF"),
        ("A\u00adna", "bad_text", "U+00AD (SOFT HYPHEN)"),
        ("\u3164", "bad_text", "FILLER"),
        ("\U000e0041", "bad_text", "TAG LATIN"),
        ("👩\u200d💻", "bad_text", "an emoji that is joined from several"),
        ("Ana" + 4 * ACUTE, "bad_text", "at most 3 marks on one letter"),
        ("e" + 4 * "\u20dd", "bad_text", "at most 3 marks on one letter"),
        (ACUTE, "bad_text", "begin with a combining mark"),
        (2 * ACUTE, "bad_text", "begin with a combining mark"),
        ("\ud800", "bad_text", "U+D800"),
        ("Ana\udfff", "bad_text", "U+DFFF"),
    ],
)
def test_refused_name_says_what_is_wrong_with_it(typed: str, code: str, detail: str) -> None:
    with pytest.raises(Refused) as refusal:
        Name.parse(typed)
    assert refusal.value.code == code
    assert detail in refusal.value.detail


# Letters of all scripts, and what makes names difficult, often enough to meet.
CHARACTERS = st.one_of(
    st.characters(codec=None),
    st.sampled_from(
        "aAßİıΣσςǅﬁ ªℌ\u0301\u0345\u0307\u05bc\u093c\u094d\u200c\u200d\ufe0f\u2800\u3000\u00b7中カー٠۰❤👩🏽"
    ),
)


@given(st.text(CHARACTERS, max_size=MAX_NAME + 5))
def test_whatever_is_taken_is_stable_short_visible_and_storable(typed: str) -> None:
    try:
        name = Name.parse(typed)
    except Refused:
        return
    assert Name.parse(name.text) == name
    assert Name.parse(name.key).key == name.key
    assert 1 <= len(name.text) <= MAX_NAME
    assert name.text == name.text.strip()
    for text in (name.text, name.key):
        assert "\x00" not in text
        assert text.encode().decode() == text
