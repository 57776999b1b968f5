"""Proves that what was looked for is marked in what is read, and that nothing else changes."""

import pytest
from markupsafe import Markup

from hubbub.room.finding import Wanted
from hubbub.web.marking import mark_found

ON, OFF = '<mark class="found">', "</mark>"


@pytest.mark.parametrize(
    ("query", "markup", "marked"),
    [
        ("phoen", "<p>A Phoenix</p>", "<p>A [Phoen]ix</p>"),
        ("oen nix", "Phoenix", "Ph[oenix]"),
        ("is", "this is it, is it? IS", "this [is] it, [is] it? [IS]"),
        ("amp", "&amp; amp &lt;amp&gt;", "&amp; [amp] &lt;[amp]&gt;"),
        ("href example", '<a href="https://example.org">example</a>', '<a href="https://example.org">[example]</a>'),
        ("strasse", "Straße", "[Straße]"),
        ("café", "cafe\u0301s", "[café]s"),
        ("wide", "ｗｉｄｅ!", "[ｗｉｄｅ]!"),
        ("東京", "私は東京に", "私は[東京]に"),
        ("नमस्ते", "नमस्ते दुनिया", "[नमस्ते] दुनिया"),
        ("明日5時", "<p>では明日は5時、15時</p>", "<p>では[明日]は[5時]、15[時]</p>"),
        ("猫 好き", "猫が好き", "[猫]が[好き]"),
        ("holiday i", "in a holiday inn", "[i]n a [holiday] [i]nn"),
        ("cafe", "cafe\u0301s, CAFÉ", "[café]s, [CAFÉ]"),
        ("استقلال", "اِسْتِقْلَالٌ!", "[اِسْتِقْلَالٌ]!"),
        ("dont", "don’t, 'don' &#39;t'", "[don’t], &#39;don&#39; &#39;t&#39;"),
        ("❤ it", "❤️ it", "[❤️] [it]"),
        ("absent", "nothing", "nothing"),
    ],
)
def test_all_that_was_looked_for_is_marked(query: str, markup: str, marked: str) -> None:
    expected = marked.replace("[", ON).replace("]", OFF)
    assert mark_found(Markup(markup), Wanted.parse(query)) == expected  # noqa: S704 as it is of this file
