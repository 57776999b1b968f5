"""Proves which addresses in what people write are links, where they lead, and what stays as it was typed."""

import re

import pytest

from hubbub.web.prose import html_prose
from tests.support.markup import Page

OUTWARD = 'target="_blank" rel="noopener noreferrer nofollow"'


def marked(body: str) -> str:
    return str(html_prose(body))


def link(address: str, text: str) -> str:
    return f'<a href="{address}" {OUTWARD}>{text}</a>'


@pytest.mark.parametrize(
    ("body", "markup"),
    [
        ("http://a.org/x?y=1&z=2", link("http://a.org/x?y=1&amp;z=2", "http://a.org/x?y=1&amp;z=2")),
        ("see https://a.org/b_(c), ok", f"see {link('https://a.org/b_(c)', 'https://a.org/b_(c)')}, ok"),
        ("<https://a.org>", link("https://a.org", "https://a.org")),
        ("example.com", link("https://example.com", "example.com")),
        ("a.co.uk:80/x.md?y", link("https://a.co.uk:80/x.md?y", "a.co.uk:80/x.md?y")),
        ("Hubbub.dev", link("https://Hubbub.dev", "Hubbub.dev")),
        ("www.a.rs", link("https://www.a.rs", "www.a.rs")),
        ("https://a.rs", link("https://a.rs", "https://a.rs")),
        ("ana@a.rs", link("mailto:ana@a.rs", "ana@a.rs")),
        ("ana@example.com", link("mailto:ana@example.com", "ana@example.com")),
        ("[*here*](https://a.org)", link("https://a.org", "<em>here</em>")),
        ("[](https://a.org)", link("https://a.org", "https://a.org")),
        ("![a](https://a.org/a.png)", "!" + link("https://a.org/a.png", "a")),
    ],
)
def test_addresses_are_links_that_lead_away_and_tell_nobody_whence(body: str, markup: str) -> None:
    assert marked(body) == f"<p>{markup}</p>"


@pytest.mark.parametrize(
    "body",
    ["README.md", "src.main.rs", "file.py", "script.sh", "a.pl b.cc c.ps d.zip e.mov", "Yes.No", "So.It", "Read.me"],
)
def test_names_of_files_and_words_after_a_stop_are_no_addresses(body: str) -> None:
    assert marked(body) == f"<p>{body}</p>"


def test_title_of_a_link_is_kept() -> None:
    assert '<a href="https://a.org" title="a &#34;b&#34;"' in marked("[x](https://a.org 'a \"b\"')")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "ms-settings:about",
        "blob:https://a.org/x",
        "/leave",
        "//a.org",
        "messages/1",
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", "{}", "![x]({})"])
def test_what_is_no_address_of_the_web_or_of_mail_is_no_link(address: str, form: str) -> None:
    page = Page(marked(form.format(address)))
    assert all(re.match("https?://|mailto:", element["href"]) for element in page.all("a"))
    assert not {"img", "script"} & {element.tag for element in page.elements}


def test_link_without_an_address_does_not_spoil_what_is_around_it() -> None:
    assert marked("[*a*]()") == "<p>[<em>a</em>]()</p>"
    assert marked("[a [b]() c](https://a.org)") == f"<p>{link('https://a.org', 'a [b]() c')}</p>"


def test_addresses_are_links_unless_there_is_a_crowd_of_them() -> None:
    assert marked("a.org " * 200).count("<a ") == 200
    log = "at a.org(A.java:1)\n" * 101
    assert marked(f"```\n{log}```") == f'<pre tabindex="0"><code>{log.strip()}</code></pre>'
    assert "<a" not in marked(log + "*a*")
