"""What stands before all pages: headers on every answer, foreign pages and floods of bytes kept out.

Plain ASGI, because it also sees what the framework answers by itself.
"""

from collections.abc import Iterator
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubbub.errors import Refused
from hubbub.web.problems import answer_refused
from hubbub.web.render import VERSION

MAX_REQUEST = 64 * 1024  # bytes: 4,000 characters of four bytes each, written as %F0%9F…

TOO_LARGE = Refused("too_large", f"A request may have at most {MAX_REQUEST // 1024} KiB.")

# Nothing inline, nothing foreign, one module that may turn text into markup, and one that names the service worker.
# https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types hubbub worker"
)
# As ASGI has them: they are put on every answer, and not looked at again.
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: with it browsers send `Origin: null` with a form, and no form would be ours.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# Only no-store would keep a page out of the back/forward cache; a page that comes out of it asks what changed.
PAGE_CACHE = b"private, no-cache"
STATIC_CACHE = b"public, max-age=31536000, immutable"  # the address changes with the content


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, with headers put on its answer, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, _with_headers(scope, send))
            return
        try:
            check_origin(HTTPConnection(scope))
            bounded = _bounded(receive, Headers(scope=scope))
            await self._app(scope, bounded, _with_headers(scope, send))
        except Refused as refused:
            answer = await answer_refused(Request(scope), refused)
            await answer(scope, receive, _with_headers(scope, send))


def check_origin(connection: HTTPConnection) -> None:
    """Raise `Refused` (`foreign_origin`) if another site's page changes something or opens a stream."""
    if connection.scope["type"] == "http" and connection.scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = connection.headers.get("origin")
    if origin is None:
        foreign = connection.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    else:
        foreign = origin.partition("://")[2] != connection.headers.get("host")
    if foreign:
        raise Refused("foreign_origin", "This request comes from a page of another site. Open the room itself.")


def _bounded(receive: Receive, headers: Headers) -> Receive:
    """Return a `receive` that refuses a body beyond the bound, announced or not."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_REQUEST:
        raise TOO_LARGE
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_REQUEST:
            raise TOO_LARGE
        return message

    return receive_bounded


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            message["headers"] = [*message["headers"], *HEADERS, *_case_by_case(scope["path"], message)]
        await send(message)

    return send_with_headers


def _case_by_case(path: str, answer: Message) -> Iterator[tuple[bytes, bytes]]:
    given = dict(answer["headers"])
    if answer["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        yield b"connection", b"close"  # the body may be endless
    if path.startswith(f"/static/{VERSION}/") and answer["status"] < HTTPStatus.BAD_REQUEST:
        yield b"cache-control", STATIC_CACHE
    elif given.get(b"content-type", b"").startswith(b"text/html"):
        yield b"cache-control", PAGE_CACHE
    else:
        yield b"cache-control", b"no-store"
