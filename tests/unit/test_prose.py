"""Proves what becomes of what people write: what signs mean, no HTML, no bad links, and nothing gets lost."""

import re
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.room.changes import Author
from hubbub.room.mention import name_keys
from hubbub.room.message import MAX_BODY, parse_body
from hubbub.room.name import Name
from hubbub.web.prose import _is_plain, _linking, html_prose, plain_words
from tests.support.markup import Page

PATIENCE = 0.05  # seconds of the processor for one message
ANA, ANA_LEE, BEN = Author(1, "Ana"), Author(2, "Ana Lee"), Author(3, "b.e*n")
LI = Author(4, "李雷")
EVERYBODY = (ANA, ANA_LEE, BEN, LI)

SIGNS = (
    *("*", "**", "_", "__", "~~", "~~~\n", "`", "```", "``` ", "~~~", "\\", "\n", "\n\n", "\\\n", "  \n", " ", "\t"),
    *("> ", "\n> ", "\n- ", "\n+ ", "\n1. ", "\n27) ", "- ", "[", "]", "(", ")", "](", "[]", "]()", "](http://a.b/"),
    *('](http://a.b "', "http://", "//", "www.", "mailto:", "javascript:", "data:", ".", ".com", "@", "@Ana"),
    *("@Ana Lee", "&", "&amp;", "&#", "#", "!", "![", "|", "---", "***", "<", ">", "<b>", "</b>", "<script>", "<http://a.b/"),
    *("\u00e9", "😀", "שלום", "\u3000", '"', "'"),
)  # fmt: skip
TAGS = {"p", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "mark"}


def marked(body: str) -> str:
    return str(html_prose(body, EVERYBODY))


@pytest.mark.parametrize(
    ("body", "markup"),
    [
        ("hello", "<p>hello</p>"),
        ("one\ntwo", "<p>one\ntwo</p>"),
        ("one  \n  two *three*", "<p>one  \n  two <em>three</em></p>"),
        ("one\\\n*two*", "<p>one\n<em>two</em></p>"),
        ("one\n\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("*a* _b_ **c** __d__", "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong></p>"),
        ("~~a~~", "<p><s>a</s></p>"),
        ("snake_case_name 2 * 3 * 4 ~ 5 _", "<p>snake_case_name 2 * 3 * 4 ~ 5 _</p>"),
        (r"\*a\* \_ \`", "<p>*a* _ `</p>"),
        ("`a *b* <c>`", "<p><code>a *b* &lt;c&gt;</code></p>"),
        ("``a ` b``", "<p><code>a ` b</code></p>"),
        ("```\na\n\n  *b*\n```", '<pre tabindex="0"><code>a\n\n  *b*</code></pre>'),
        ("```python\nx = '<'\n```\nafter", '<pre tabindex="0"><code>x = &#39;&lt;&#39;</code></pre><p>after</p>'),
        ("~~~\nnever closed", '<pre tabindex="0"><code>never closed</code></pre>'),
        ("- a\n- b", "<ul>\n<li><p>a</p></li>\n<li><p>b</p></li></ul>"),
        ("- a\nb\n  - c", "<ul>\n<li><p>a\nb</p>\n<ul>\n<li><p>c</p></li></ul></li></ul>"),
        ("3. a\n7. b", '<ol start="3">\n<li value="3"><p>a</p></li>\n<li value="7"><p>b</p></li></ol>'),
        ("> a\n> b", "<blockquote>\n<p>a\nb</p></blockquote>"),
    ],
)  # fmt: skip
def test_signs_mean_what_people_know(body: str, markup: str) -> None:
    assert marked(body) == markup


@pytest.mark.parametrize(
    "body", ["# title", "a | b\n--- | ---", "***", "=====", "[a]: b", "a\n---", "&amp; &copy;", ":smile:", "-1", "1.5"]
)
def test_signs_that_are_often_meant_as_themselves_stay_themselves(body: str) -> None:
    page = Page(marked(body))
    assert [element.tag for element in page.elements] == ["p"]
    assert page.elements[0].text == body


@pytest.mark.parametrize(
    "body", [">:(", ">.<", ">_< *no*", "so\n>:(", "- >:(", ">>:(", ">a", "> a\n>:( b", "> a\nb\n>:("]
)
def test_emoticons_are_no_quotes(body: str) -> None:
    page = Page(f"<div>{marked(body)}</div>")
    assert re.findall(r">[^\s>]+", page.elements[0].text) == re.findall(r">[^\s>]+", body)
    assert len(page.all("blockquote")) == len(re.findall(r"^>[ >]", body, re.MULTILINE))


@pytest.mark.parametrize(
    "tag", ["<b>x</b>", "<img src=x onerror=alert(1)>", "<!-- x -->", "<?x?>", "</p>", "<a href=x>"]
)
@pytest.mark.parametrize(
    "form", ["{}", "*{}*", "`{}`", "```\n{}\n```", "> {}", "- {}", "[{}](https://a.org)", "@Ana {}"]
)
def test_html_is_text(tag: str, form: str) -> None:
    page = Page(marked(form.format(tag)))
    assert tag in page.elements[0].text
    assert {element.tag for element in page.elements} <= TAGS


@pytest.mark.parametrize(
    "body",
    [
        ">",
        ">>>",
        "> >\n>",
        "-",
        "1.",
        "```",
        "~~~\n~~~",
        "> \u200b",
        "[]()",
        "[]() { return 1; }",
        "[see]( )",
        "![a]()",
    ],
)
def test_signs_of_which_nothing_would_be_seen_stay_as_typed(body: str) -> None:
    (paragraph,) = Page(marked(body)).elements
    assert (paragraph.tag, paragraph.text) == ("p", body)


def names(body: str) -> list[tuple[str, str]]:
    return [(mark.text, mark["data-user"]) for mark in Page(marked(body)).all("mark")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("@Ana", [("@Ana", "1")]),
        ("hi @ana, @ANA LEE!", [("@ana", "1"), ("@ANA LEE", "2")]),
        ("@Ana Leeward", [("@Ana", "1")]),
        ("@Anabel", []),
        ("(@Ana)", [("@Ana", "1")]),
        ("**@Ana** > @Ana", [("@Ana", "1"), ("@Ana", "1")]),
        ("@b.e*n", [("@b.e*n", "3")]),
        ("`@Ana`", []),
        ("```\n@Ana\n```", []),
        ("me@Ana", []),
        ("你好@李雷你好, @Ana你好", [("@李雷", "4"), ("@Ana", "1")]),
        ("me@ana.org", []),
        ("@Cleo", []),
    ],
)
def test_names_of_those_who_are_mentioned_are_set_off(body: str, found: list[tuple[str, str]]) -> None:
    assert names(body) == found


@given(st.lists(st.sampled_from(("@", "@Ana", "Ana Lee", "李雷", "你", "x", "-", " ", "*", "\n")), max_size=10))
def test_names_that_are_set_off_are_looked_for_when_it_is_said(pieces: list[str]) -> None:
    body = may_be_said("".join(pieces))
    assert {Name.parse(name.removeprefix("@")).key for name, _ in names(body)} <= set(name_keys(body))


def test_nobody_is_set_off_who_is_not_mentioned() -> None:
    assert "<mark" not in html_prose("@Ana *x*")


@pytest.mark.parametrize(
    ("body", "large"),
    [
        ("😀", True),
        ("👩🏽\u200d💻 ❤\ufe0f\n🎉", True),
        ("😀" * 30, True),
        ("😀" * 31, False),
        ("👨\u200d👩\u200d👧\u200d👦 " * 29 + "👩🏽\u200d💻", True),
        ("👨\u200d👩\u200d👧\u200d👦" * 31, False),
        ("😀\u200d" * 30 + "😀", False),  # shown as so many, though joined
        ("é", False),
        ("😀!", False),
        ("7", False),
        ("#", False),
    ],
)
def test_nothing_but_few_emoji_is_large(body: str, large: bool) -> None:  # noqa: FBT001 as it is a row of a table
    assert ('class="large"' in html_prose(body)) is large
    assert Page(marked(body)).elements[0].text == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("**bold** and [l](https://e.com)", "bold and l"),
        ("one\n\ntwo\n- a\n- b", "one two a b"),
        ("```py\nx < 1\n```\nafter", "x < 1 after"),
        ('> a\n\nb & <i> "c" &lt;', 'a b & <i> "c" &lt;'),
        ("**cut off", "**cut off"),
        (">", ">"),
    ],
)
def test_quoted_words_are_plain_and_in_one_line(body: str, words: str) -> None:
    assert plain_words(body) == words


def may_be_said(typed: str) -> str:
    """Return a body as it is stored; whatever is refused is not tried."""
    try:
        return parse_body(typed)
    except Refused:
        assume(False)  # noqa: FBT003 as it has no name
        raise


@settings(deadline=None)
@given(st.text(st.sampled_from("ab1.:/)-+>&#| \n\t\u00e9😀") | st.characters(codec="utf-8"), min_size=1, max_size=40))
@example("a.b")
@example("ftp:x")
@example("1) a")
def test_body_without_signs_is_what_the_parser_would_say(typed: str) -> None:
    body = may_be_said(typed)
    assume(_is_plain(body) and 'class="large"' not in html_prose(body))
    parsed = Page(_linking.render(body))
    assert [element.tag for element in parsed.elements] == ["p"]
    assert parsed.elements[0].text.strip() == Page(str(html_prose(body))).elements[0].text.strip()


def is_blank(text: str) -> bool:
    try:
        parse_body(text)
    except Refused as refused:
        return refused.code == "empty"
    return False


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SIGNS), st.booleans()), min_size=1, max_size=30))
@example([(">", False)] * 40 + [("", True)])
@example([("- ", False)] * 40 + [("", True)])
@example([("1. ", False)] * 40 + [("", True)])
@example([("~~~", True), (" ", True)])
@example([("[](http://a.b/", True), (")", False)])
def test_every_word_that_is_typed_is_there(signs: list[tuple[str, bool]]) -> None:
    body = may_be_said("".join(sign + f"w{at}x" * worded for at, (sign, worded) in enumerate(signs)))
    markup = marked(body)
    page = Page(f"<div>{markup}</div>")
    there = page.elements[0].text + "".join("".join(element.attributes.values()) for element in page.elements)
    languages = re.findall(r"(?:`{3,}|~{3,})[^\S\n]*(\S+)[^\S\n]*$", body, re.MULTILINE)
    missing = [word for word in re.findall(r"w\d+x", body) if word not in there]
    assert all(any(word in language for language in languages) for word in missing), (missing, markup)
    assert {element.tag for element in page.elements} <= TAGS | {"div"}
    assert not is_blank(page.elements[0].text)
    assert all(re.match("https?://|mailto:", element["href"], re.IGNORECASE) for element in page.all("a"))


SLOW = [(sign * MAX_BODY)[:MAX_BODY] for sign in SIGNS]
SLOW += [
    (part * MAX_BODY)[:MAX_BODY]
    for part in (
        "[]()[",
        "> a\n- b\n",
        "> a\n>:(\n",
        "x.com/[",
        "http://a.b/(",
        "[`",
        "*a_b",
        "- a\n",
        "> a\n",
        "**a",
        "a@b.c ",
    )
]


@pytest.mark.parametrize("body", SLOW, ids=lambda body: ascii(body[:12]))
def test_no_body_takes_long(body: str) -> None:
    assert any(_seconds(body) < PATIENCE for _ in range(10))  # it may be interrupted


def _seconds(body: str) -> float:
    begun = time.process_time()
    marked(body)
    return time.process_time() - begun
