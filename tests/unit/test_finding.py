"""Proves what texts are found by: parts of words, whole short words, and any characters of dense scripts."""

import pytest

from hubbub.errors import Refused
from hubbub.room.finding import PIECES, Wanted, parts, plain


def finds(query: str, text: str) -> bool:
    """Whether a query finds a text, as the store asks."""
    wanted, searched = Wanted.parse(query), plain(text)
    has_texts = all(part in searched for part in wanted.texts)
    # Else it would not even be looked at.
    assert not has_texts or parts(searched).issuperset(wanted.parts)
    return has_texts


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("phoen", "Phoenix is up"),
        ("OENI", "phoenix"),
        ("is", "Phoenix is up"),
        ("up phoenix", "Phoenix is **up**!"),
        ("don't", "I don't know"),
        ("max_body", "set `max_body` to 3"),
        ("example.org/abo", "see https://example.org/about"),
        ("plan b", "What is plan B?"),
        ("42", "the answer: 42."),
        ("STRASSE", "Straße"),
        ("ｗｉｄｅ", "wide"),
        ("wide", "ｗｉｄｅ"),
        ("cafe\u0301", "Café"),
        ("привет", "ПРИВЕТ!"),
        ("नमस्ते", "नमस्ते दुनिया"),
        ("مرحبا", "مرحبا، كيف"),
        ("東京", "私は東京に住んでいます"),
        ("東京tower", "東京 Tower と"),
        ("สวัสดี", "สวัสดีครับ"),
        ("안녕", "안녕하세요"),
        ("ひらがな", "これはひらがなです"),
        ("a b c d e f g h i j k l m n", "n m l k j i h g f e d c b a"),
        # Wherever the script changes, and by one character that is a word.
        ("佐々木", "佐々木さん"),
        ("時々", "時々雨"),
        ("ㄅㄆ", "ㄅㄆㄇ"),
        ("5時", "明日5時に集合です"),
        ("明日5時", "明日5時に集合です"),
        ("第3回", "第3回会議の資料"),
        ("A社", "A社の件ですが"),
        ("LINEで", "LINEで送って"),
        ("10:30に", "10:30に来て"),
        ("5月", "我们5月份去北京"),
        ("3个", "买3个苹果"),
        ("집 앞", "집 앞에서 만나자"),
        ("ㅋㅋ", "안녕ㅋㅋㅋㅋ"),
        ("猫 好き", "猫が好きです"),
        (" 猫 ", "黒猫が"),
        ("京", "東京"),
        ("집", "우리집"),
        ("ロール", "ロック・ロール"),
        ("パン", "ﾊﾟﾝ"),
        ("🎉", "Done🎉🎉!"),
        ("❤ it", "I ❤️ it"),
        # The last word on its way.
        ("holiday i", "a holiday in May"),
        ("holiday in", "a holiday inn"),
        ("droid r", "the R2 droid"),
        # With accents and without.
        ("cafe", "Café"),
        ("naïve", "naive"),
        ("angstrom", "Ångström"),
        ("istanbul", "İstanbul"),
        ("елка", "ёлка"),
        ("ΑΘΗΝΑ", "Αθήνα"),
        ("مرحبا", "مَرْحَبًا"),
        ("احمد", "أحمـد"),
        ("שלום", "שָׁלוֹם"),
        ("dont", "I don’t know"),
        ("o'hara", "O’Hara"),
    ],
)
def test_text_is_found(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("phoenixes", "phoenix"),
        ("is", "this"),
        ("phoenix down", "phoenix up"),
        ("ph oenix", "phoenix"),
        ("東西", "東京と西"),
        ("rson guest", "person"),
        ("abcxabc", "abcabc xab cxa bcx"),
        ("5時", "15時"),
        ("猫", "犬"),
        ("in holiday", "an inn, a holiday"),
        ("holiday i", "a holiday with a ski"),
        # What is a letter of its own, or a vowel.
        ("ハン", "パン"),
        ("कि", "कु"),
        ("กา", "กี"),
        ("def", "'abc' 'd' ef"),
    ],
)
def test_text_is_not_found(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("a", "too_short"),
        ("é", "too_short"),
        ("?!…", "too_short"),
        ("_%", "too_short"),
        ("x" * 101, "too_long"),
        ("nul \x00 byte", "bad_text"),
        ("lone \ud800 surrogate", "bad_text"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_by_a_word(query: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        Wanted.parse(query)
    assert refusal.value.code == code


def test_long_query_is_looked_for_by_few_of_its_parts() -> None:
    assert len(Wanted.parse("abcdefghijklmnopqrstuvwxyz" * 3).parts) <= PIECES
    assert len(Wanted.parse(" ".join("abcdefghijklmnopqrstuvwxyz")).parts) <= PIECES


def test_parts_fit_into_what_keeps_them() -> None:
    numbers = parts(plain("The quick brown fox jumps over the lazy dog, 狐が犬を飛び越える " * 20))
    assert min(numbers) >= -(1 << 31)
    assert max(numbers) < 1 << 31


def test_nothing_but_signs_is_found_by_nothing() -> None:
    assert (plain("¯\\_(…)_/¯ ・"), parts("")) == ("", set())
