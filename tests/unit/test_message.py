"""Proves what may be said, that it is stored as it was typed, and that a refusal says what is wrong."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.room.message import MAX_BODY, parse_body, parse_emoji, parse_key


@pytest.mark.parametrize(
    "body",
    [
        "hi",
        "  indented",
        "one\n\n\ntwo",
        "a\ttab",
        "👩\u200d💻 ❤\ufe0f",
        "<script>alert(1)</script>",
        "شكرا \u200f!",
        "'; drop table messages; --",
        "x" * MAX_BODY,
        "😀" * MAX_BODY,
    ],
)
def test_body_is_kept_as_typed(body: str) -> None:
    assert parse_body(body) == body


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("\n\r\nhi\n\n", "hi"),
        ("hi \t ", "hi"),
        ("x" * MAX_BODY + "\r\n\n ", "x" * MAX_BODY),
        ("x\r\n" * (MAX_BODY // 2), "\n".join("x" * (MAX_BODY // 2))),
    ],
)
def test_line_ends_become_newlines_and_blanks_around_are_dropped(typed: str, body: str) -> None:
    assert parse_body(typed) == body


@pytest.mark.parametrize(
    ("typed", "code", "detail"),
    [
        ("x" * 4001, "too_long", "4,001 characters; at most 4,000"),
        ("😀" * 12_345, "too_long", "12,345 characters"),
        ("a\x00b", "bad_text", "U+0000"),
        ("a\x1b[31mb", "bad_text", "U+001B"),
        ("a\x7fb", "bad_text", "U+007F"),
        ("\ud83d", "bad_text", "U+D83D"),
        ("a\udfff", "bad_text", "U+DFFF"),
        *[(blank, "empty", "Write something") for blank in ("", " ", "\r\n\t ", "\u3000", "\u2800")],
        *[(blank, "empty", "Write something") for blank in ("\u200b", "\u200d\ufe0f", "\u3164 \u115f", "\u00ad\u2060")],
    ],
)
def test_refused_body_says_what_is_wrong_with_it(typed: str, code: str, detail: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_body(typed)
    assert refusal.value.code == code
    assert detail in refusal.value.detail


@given(st.text(st.characters(codec=None) | st.sampled_from("\r\n\t \x00\u200b\ud800"), max_size=50))
def test_whatever_may_be_said_is_stable_and_storable(typed: str) -> None:
    try:
        body = parse_body(typed)
    except Refused:
        return
    assert parse_body(body) == body
    assert body.strip()
    assert not {"\x00", "\r"} & set(body)
    assert body.encode().decode() == body


def test_key_is_a_uuid_in_any_spelling() -> None:
    key = uuid4()
    assert {parse_key(spelling) for spelling in (key, str(key), str(key).upper(), key.hex)} == {key}


@pytest.mark.parametrize("typed", ["", "1", None, 7, [], "0d4c3f6e-0000-0000-0000-00000000000g", "\x00" * 32, "é" * 32])
def test_key_that_is_no_uuid_is_refused(typed: object) -> None:
    with pytest.raises(Refused) as refusal:
        parse_key(typed)
    assert refusal.value.code == "bad_key"


def test_any_uuid_is_a_key() -> None:
    assert parse_key("00000000-0000-0000-0000-000000000000") == UUID(int=0)


@pytest.mark.parametrize("typed", ["❤", "❤\ufe0f"])
def test_an_emoji_is_one_however_its_form_is_asked_for(typed: str) -> None:
    assert parse_emoji(typed) == "❤\ufe0f"


@pytest.mark.parametrize("typed", ["", " ", "a", "👍👍", "👍 ", ":thumbs_up:", "\ufe0f"])
def test_what_is_not_one_emoji_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_emoji(typed)
    assert refusal.value.code == "bad_emoji"
