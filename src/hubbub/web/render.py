"""The one renderer: pages, and the HTML and JSON of stream frames, from the same templates and shapes."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from hubbub.errors import Refused
from hubbub.room.changes import Changes, Message, User
from hubbub.room.finding import Wanted
from hubbub.room.message import EMOJI, MAX_BODY
from hubbub.room.name import MAX_NAME
from hubbub.web.face import face
from hubbub.web.marking import mark_found
from hubbub.web.prose import html_prose, plain_words
from hubbub.web.shapes import Frame

STATIC = Path(__file__).parent / "static"
HTML_RESET = '<turbo-stream action="refresh"></turbo-stream>'
JSON_RESET = '{"reset":true}'
TURBO_STREAM = "text/vnd.turbo-stream.html"
RENDERED = 4_000  # rows of each kind whose markup is kept
# What the row of every message is made of, and what only some have.
PARTS = ("id", "rev", "key", "user", "name", "face", "time", "prose")
MORE = ("edited_at", "deleted_at", "reply_to", "reactions")
NO_MORE = dict.fromkeys(MORE)


def _version() -> str:
    """Return a digest of all static files: it is part of their address, so they can be cached for ever."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


VERSION = _version()


def address_of_static(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{VERSION}/{name}"


_templates = Environment(
    loader=PackageLoader("hubbub.web"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
_templates.globals.update(
    static=address_of_static,
    EMOJI=EMOJI,
    MAX_BODY=MAX_BODY,
    MAX_NAME=MAX_NAME,
)


@lru_cache(RENDERED)
def _message(message: Message) -> str:
    return _drawn(message, html_prose(message.body, message.mentions))


def _drawn(message: Message, prose: Markup) -> str:
    author = message.user
    texts = {
        "id": message.id,
        "rev": message.rev,
        "key": message.key,
        "user": author.id,
        "name": escape(author.name),
        "face": face(author),
        "time": _moment(message.created_at),
        "prose": prose,
    }
    more = {name: found for name in MORE if (found := getattr(message, name))}
    return str(_fragments.message({**NO_MORE, **texts, **more})) if more else _plain % texts


@lru_cache(RENDERED)
def _user(user: User) -> str:
    return str(_fragments.user(user))


def html_messages(messages: Iterable[Message]) -> Markup:
    """Return the markup of messages; a row that was rendered a moment ago is not rendered again."""
    return Markup("".join(map(_message, messages)))  # noqa: S704 as the macros escape


def html_found(messages: Iterable[Message], wanted: Wanted) -> Markup:
    """Return the markup of messages with all that was looked for marked in them."""
    prose = ((message, html_prose(message.body, message.mentions)) for message in messages)
    return Markup("".join(_drawn(message, mark_found(text, wanted)) for message, text in prose))  # noqa: S704 as above


def html_users(users: Iterable[User]) -> Markup:
    """Return the markup of people in the list; a row that was rendered a moment ago is not rendered again."""
    return Markup("".join(map(_user, users)))  # noqa: S704 as the macros escape


@lru_cache(RENDERED)
def _moment(at: datetime) -> Markup:
    """Return the markup of a time; all messages of one batch have the same."""
    return Markup(_fragments.time(at))  # noqa: S704 as the macro escapes


_templates.filters.update(
    face=face, messages=html_messages, people=html_users, moment=_moment, prose=html_prose, words=plain_words
)
# The macros of a row, put together once: an import within a template is done for each rendering.
_fragments = cast("Any", _templates.get_template("fragments.html").module)
# The row of a message with nothing more than what was said, as most are: its macro is asked once, and left blank.
_plain = str(_fragments.message({**NO_MORE, **{part: Markup(f"%({part})s") for part in PARTS}}))  # noqa: S704 as above


def render(template: str, context: Mapping[str, object]) -> str:
    """Return a template filled in."""
    return _templates.get_template(template).render(context)


def render_page(template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """Return a page as an answer."""
    text = render(template, {"status": status, "title": HTTPStatus(status).phrase, **context})
    return HTMLResponse(text, status)


class Sheet:
    """A page that differs from reader to reader in a few texts only: rendered once, and filled in for each."""

    def __init__(self, template: str, context: Mapping[str, object], blanks: Iterable[str]) -> None:
        """Render a template and leave some of its names blank."""
        marks = {token_hex(16): blank for blank in blanks}  # which nobody can guess, and so say
        text = render(template, {**context, **{blank: mark for mark, blank in marks.items()}})
        # Markup at even places, names of blanks at odd ones.
        self._parts = [
            part.encode() if place % 2 == 0 else marks[part]
            for place, part in enumerate(re.split(f"({'|'.join(marks)})", text))
        ]

    def fill(self, **texts: str) -> HTMLResponse:
        """Return the page with all its blanks filled in."""
        escaped = {blank: str(escape(text)).encode() for blank, text in texts.items()}
        return HTMLResponse(b"".join(escaped[part] if isinstance(part, str) else part for part in self._parts))


def render_fragment(template: str, context: Mapping[str, object]) -> Response:
    """Return a stream frame as the answer to a request."""
    return Response(render(template, context), media_type=TURBO_STREAM)


def html_changes(changes: Changes, view: str, *, counted: bool) -> str:
    """Return a frame of subprotocol hubbub.html, with the counts of people if they may have changed."""
    return render("frame.html", {"changes": changes, "view": view, "counted": counted})


def html_listing(latest: Changes, users: Iterable[User], following: str | None) -> str:
    """Return the frame that shows the people list anew."""
    return render("listing.html", {"changes": latest, "users": users, "next": following})


def json_changes(changes: Changes, view: str) -> str:
    """Return a frame of subprotocol hubbub.json; the lobby is told of people only."""
    frame = Frame.model_validate(changes)
    if view == "lobby":
        frame.messages = []
    return frame.model_dump_json(exclude_defaults=True)


def json_listing(latest: Changes) -> str:
    """Return the frame that tells a program how the people list begins now."""
    frame = Frame.model_validate(latest)
    frame.relisted = True
    return frame.model_dump_json()


def json_refused(key: str | None, refused: Refused) -> str:
    """Return the frame that tells a program what was refused."""
    return json.dumps({"refused": _told(key, refused)})


def html_refused(key: str | None, refused: Refused) -> str:
    """Return the frame that tells a browser what was refused."""
    return render("refused.html", _told(key, refused))


def _told(key: str | None, refused: Refused) -> dict[str, object]:
    return {"key": key, "code": refused.code, "detail": refused.detail, "retry_after": refused.retry_after}
