"""What people write, as markup: links, `code`, emphasis, lists and quotes by markdown-it, names by ourselves, no HTML.

A message is written by hand, so lines stay lines, and a sign that is often meant as itself (a heading's #, a table's |)
stays itself. Most messages have no sign at all and are not parsed.
https://markdown-it-py.readthedocs.io/
"""

import re
from collections.abc import Iterator, Sequence

from emoji import purely_emoji
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from hubbub.room.changes import Author

LARGE = 30  # characters: what is nothing but so few emoji is shown large
# What may mean something: signs, addresses, and how lists, quotes and paragraphs begin. Each is looked for by
# itself, because one expression for all of them would take several times as long.
_SIGN = re.compile(r"[*_`~\[<\\@]")
_ADDRESS = re.compile(r"\.[^\W\d]")
_BLOCK = re.compile(r"\s*(?:[-+>]|\d+[.)])")
_LATER_BLOCK = re.compile(r"\n\s*(?:[-+>\n]|\d+[.)])")

_markdown = MarkdownIt("zero", {"html": False, "linkify": True}).enable(
    [
        *("blockquote", "fence", "list"),
        *("autolink", "backticks", "emphasis", "escape", "link", "newline", "strikethrough"),
        *("linkify", "balance_pairs", "fragments_join"),
    ]
)


def html_prose(body: str, mentions: Sequence[Author] = ()) -> Markup:
    """Return the markup of a body, in paragraphs; names of people who are mentioned are set off."""
    if len(body) <= LARGE and purely_emoji("".join(body.split())):
        return Markup('<p class="large">{}</p>').format(body)
    if _is_plain(body):
        return Markup("<p>" + str(escape(body)) + "</p>")  # noqa: S704 as it is escaped
    return Markup(_markdown.render(body, {"mentions": mentions}).replace("\n</", "</").strip())  # noqa: S704 as it escapes


def _is_plain(body: str) -> bool:
    """Whether nothing in a body means anything but itself."""
    if _SIGN.search(body) or _ADDRESS.search(body) or "//" in body or _BLOCK.match(body):
        return False
    return "\n" not in body or not _LATER_BLOCK.search(body)


def _outward(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    """Write the beginning of a link: it leads away from the room, and tells nobody whence."""
    address = escape(str(tokens[at].attrs["href"]))
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">'


def _set_off_names(state: StateCore) -> None:
    """Put marks around the names of those who are mentioned, in texts that are not code."""
    mentions: Sequence[Author] = state.env.get("mentions", ())
    if not mentions:
        return
    longest_first = sorted((one.name for one in mentions), key=len, reverse=True)
    found = re.compile(rf"(?<!\w)@(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
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


_markdown.add_render_rule("link_open", _outward)
_markdown.add_render_rule("mention", _mention)
_markdown.core.ruler.push("names", _set_off_names)
