"""What people write, as markup: links, `code`, emphasis, lists and quotes by markdown-it, names by ourselves, no HTML.

A message is written by hand, so lines stay lines, and a sign that is often meant as itself (a heading's #, a table's |)
stays itself. Most messages have no sign at all and are not parsed.
https://markdown-it-py.readthedocs.io/
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

from emoji import EmojiMatch, analyze
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import link as inline_link
from markdown_it.token import Token
from markupsafe import Markup, escape

from hubbub.room.changes import Author
from hubbub.room.mention import AFTER, BEFORE
from hubbub.room.message import BLANK

LARGE = 30  # emoji: what is nothing but so few is shown large
EMOJI_SIZE = 10  # characters of one, at the most
# What may mean something: signs, addresses, and how lists, quotes and paragraphs begin. Each is looked for by
# itself, because one expression for all of them, or for all signs, would take several times as long.
SIGNS = "*_`~[<\\@"
_ADDRESS = re.compile(r"\.[^\W\d]")
_BLOCK = re.compile(r"\s*(?:[-+>]|\d+[.)])")
_LATER_BLOCK = re.compile(r"\n\s*(?:[-+>\n]|\d+[.)])")
# Where links may lead: not to what a browser would run, nor to what other programs of the reader would take.
_OUTSIDE = re.compile(r"https?://|mailto:", re.IGNORECASE)
# After the sign of a quote comes a space, another one or nothing: >:( is no quote.
_QUOTE = re.compile(r">(?![^\s>])")
_PARAGRAPH = re.compile("<(?:p|pre)\\b[^>]*>")
# A text that is seen, in markup.
_SEEN = re.compile(rf">[{BLANK}]*[^<{BLANK}]")
# Elements around a list or a quote beyond which its sign is text, and beyond which the parser drops what there is.
# A sign of a link is looked for in all that may be a link's text, so this also bounds how long brackets take.
DEEP, DEEPEST = 8, 10
# How names of the web end that people write without http: not as files do (README.md, main.rs), nor with a word that
# follows a stop without a space (Yes.No).
_MEANT = re.compile(
    r"www\.|[^/?#:]+\.(?:com|net|org|edu|gov|info|biz|app|dev|ai|co|gg|io|tv|ar|au|br|ca|ch|cn|cz|de|dk|es|eu|fi|fr|gr|hu|ie"
    r"|il|jp|kr|mx|nl|nz|pt|ro|ru|se|sk|tr|tw|ua|uk|za|рф|xn--[\w-]+)(?:[/?#:]|$)",
    re.IGNORECASE,
)
CROWD = 200  # signs of addresses; more of them are a log or a list, and would take long


class _Markdown(MarkdownIt):
    """The parser, with links to the outside only."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 as the library calls it
        """Whether this may be linked; otherwise it stays as it was typed."""
        return bool(_OUTSIDE.match(url))


class _Address(Protocol):
    """What was found as an address: how it begins, if with http: or the like, and where it leads."""

    schema: str
    url: str


def _meant(lead: Callable[[_Address], None]) -> Callable[[_Address], None]:
    def lead_if_meant(found: _Address) -> None:
        if found.schema:
            lead(found)
            return
        found.url = f"https://{found.url}" if _MEANT.match(found.url) else ""

    return lead_if_meant


# Begins a block, or says that none begins here.
Rule: TypeAlias = Callable[[StateBlock, int, int, bool], bool]


def _shallow(rule: Rule) -> Rule:
    def begin(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 as the library calls it
        return state.level < DEEP and rule(state, line, end, silent)

    return begin


def _quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 as the library calls it
    """Begin a quote, which ends before a line that begins with the same sign and is none."""
    if not _QUOTE.match(state.src, _start(state, line)):
        return False
    stop = line + 1
    while not silent and stop < end and _may_be_quoted(state, stop, end):
        stop += 1
    last, state.lineMax = state.lineMax, stop
    try:
        return blockquote(state, line, stop, silent)
    finally:
        state.lineMax = last


def _may_be_quoted(state: StateBlock, line: int, end: int) -> bool:
    start = _start(state, line)
    if state.isEmpty(line):
        return False
    if state.src[start] == ">":
        return bool(_QUOTE.match(state.src, start))
    return not any(begins(state, line, end, True) for begins in state.md.block.ruler.getRules("blockquote"))  # noqa: FBT003 as it is silent


def _start(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 as the library calls it
    """Begin a link, unless it leads nowhere: the library would take that for this page."""
    start = state.pos
    if not inline_link(state, True):  # noqa: FBT003 as the library calls it
        return False
    leads = not state.src[start : state.pos - 1].rstrip().endswith("](")
    if silent and leads:
        return True
    state.pos = start
    return leads and inline_link(state, silent)


def html_prose(body: str, mentions: Sequence[Author] = ()) -> Markup:
    """Return the markup of a body, in paragraphs; names of people who are mentioned are set off."""
    if _is_large(body):
        return Markup('<p class="large">{}</p>').format(body)
    if _is_plain(body):
        return Markup(f"<p>{escape(body)}</p>")  # noqa: S704 as it is escaped
    parser = _crowded if _is_crowded(body) else _linking
    markup = parser.render(body, {"mentions": mentions}).replace("\n</", "</").strip()
    # Signs alone are words of their own: of ">" or "```" nothing would be left.
    return Markup(markup if _SEEN.search(markup) else f"<p>{escape(body)}</p>")  # noqa: S704 as it escapes


def plain_words(body: str) -> str:
    """Return the words of a body on one line, without the signs that mean something."""
    return Markup(_PARAGRAPH.sub(" ", html_prose(body))).striptags()  # noqa: S704 as it is markup


def _is_large(body: str) -> bool:
    """Whether a body is nothing but few emoji, counted as they are seen: a family is one."""
    if len(body) > LARGE * EMOJI_SIZE or body.isascii():
        return False
    parts = enumerate(analyze("".join(body.split()), join_emoji=False))
    return all(count < LARGE and isinstance(part.value, EmojiMatch) for count, part in parts)


def _is_plain(body: str) -> bool:
    """Whether nothing in a body means anything but itself."""
    for sign in SIGNS:
        if sign in body:
            return False
    if "//" in body or _ADDRESS.search(body) or _BLOCK.match(body):
        return False
    return "\n" not in body or not _LATER_BLOCK.search(body)


def _is_crowded(body: str) -> bool:
    return len(_ADDRESS.findall(body)) + body.count("//") > CROWD


def _outward(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    """Write the beginning of a link: it leads away from the room, and tells nobody whence."""
    address = escape(str(tokens[at].attrs["href"]))
    title = f' title="{escape(str(tokens[at].attrs["title"]))}"' if "title" in tokens[at].attrs else ""
    return f'<a href="{address}"{title} target="_blank" rel="noopener noreferrer nofollow">'


def _item(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    """Write the beginning of a list's item: with its number as it was typed."""
    return f'<li value="{int(tokens[at].info)}">' if tokens[at].info else "<li>"


def _fence(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    """Write code; what follows the sign belongs to it, unless it is one word: the name of the language.

    Long lines scroll by themselves, so the keyboard has to get there.
    """
    label, code = tokens[at].info.strip(), tokens[at].content
    if label and (not code or len(label.split()) > 1):
        code = f"{label}\n{code}"
    return f'<pre tabindex="0"><code>{escape(code)}</code></pre>'


def _line_end(*_: object) -> str:
    return "\n"


def _name_bare_links(state: StateCore) -> None:
    """Let a link without a text show where it leads."""
    for block in state.tokens:
        parts = block.children or []
        for at in reversed(range(1, len(parts))):
            if (parts[at - 1].type, parts[at].type) == ("link_open", "link_close"):
                parts.insert(at, Token("text", "", 0, content=str(parts[at - 1].attrs["href"])))


def _keep_paragraphs(state: StateCore) -> None:
    """Have a paragraph in every item of a list: there lines stay lines, whatever else the item holds."""
    for block in state.tokens:
        block.hidden = False


def _set_off_names(state: StateCore) -> None:
    """Put marks around the names of those who are mentioned, in texts that are not code."""
    mentions: Sequence[Author] = state.env.get("mentions", ())
    if not mentions:
        return
    longest_first = sorted((one.name for one in mentions), key=len, reverse=True)
    found = re.compile(rf"{BEFORE}@(?:{'|'.join(map(re.escape, longest_first))}){AFTER}", re.IGNORECASE)
    ids = {one.name.lower(): one.id for one in mentions}
    for block in state.tokens:
        if block.children:
            block.children = [part for child in block.children for part in _cut(child, found, ids)]


def _cut(token: Token, found: re.Pattern[str], ids: dict[str, int]) -> Iterator[Token]:
    """Yield the parts of a text before, in and after the names in it."""
    if token.type != "text":
        yield token
        return
    end = 0
    for name in found.finditer(token.content):
        yield Token("text", "", 0, content=token.content[end : name.start()])
        yield Token("mention", "", 0, content=name[0], meta={"id": ids.get(name[0][1:].lower())})
        end = name.end()
    yield Token("text", "", 0, content=token.content[end:])


def _mention(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    return f'<mark data-user="{tokens[at].meta["id"]}">{escape(tokens[at].content)}</mark>'


def _parser(*signs: str) -> MarkdownIt:
    """Make a parser that knows quotes, lists, code, emphasis, links, and these signs.

    Without its rule for line ends, which takes the spaces around them away: styles keep both.
    """
    parser = _Markdown("zero", {"html": False, "linkify": True, "maxNesting": DEEPEST})
    assert parser.linkify  # noqa: S101 as its library is there
    parser.linkify.tlds(["app", "dev"], keep_old=True)
    parser.linkify.normalize = _meant(parser.linkify.normalize)
    parser.enable(
        ["blockquote", "fence", "list", "autolink", "backticks", "emphasis", "escape", "link", "strikethrough"]
    )
    parser.enable(["balance_pairs", "fragments_join", *signs])
    parser.inline.ruler.at("link", _link)
    parser.block.ruler.at("blockquote", _shallow(_quote), {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.at("list", _shallow(list_block), {"alt": ["paragraph", "blockquote"]})
    parser.add_render_rule("link_open", _outward)
    parser.add_render_rule("list_item_open", _item)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("hardbreak", _line_end)
    parser.add_render_rule("mention", _mention)
    parser.core.ruler.push("paragraphs", _keep_paragraphs)
    parser.core.ruler.push("bare_links", _name_bare_links)
    parser.core.ruler.push("names", _set_off_names)
    return parser


_linking, _crowded = _parser("linkify"), _parser()
