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
        ("absent", "nothing", "nothing"),
    ],
)
def test_all_that_was_looked_for_is_marked(query: str, markup: str, marked: str) -> None:
    expected = marked.replace("[", ON).replace("]", OFF)
    assert mark_found(Markup(markup), Wanted.parse(query)) == expected  # noqa: S704 as it is of this file
