"""What a client asks for when it opens a stream: a format, a view, a cursor, and for whom."""

from starlette.websockets import WebSocket

from hubbub.errors import Refused
from hubbub.web.frames import Kind
from hubbub.web.identity import Session
from hubbub.web.shapes import parse_id
from hubbub.web.transport import socket_of

FORMATS = {"hubbub.html": "html", "hubbub.json": "json"}


def choose_kind(websocket: WebSocket) -> tuple[str | None, Kind]:
    """Return the subprotocol to agree on and what it means, or raise `Refused` (`malformed`)."""
    offered = websocket.scope["subprotocols"]
    subprotocol = next((one for one in offered if one in FORMATS), None)
    if offered and subprotocol is None:
        raise Refused("malformed", f"The subprotocol must be one of {', '.join(FORMATS)}.")
    view = websocket.query_params.get("view", "room")
    if view not in {"room", "lobby"}:
        raise Refused("malformed", "The view must be room or lobby.")
    return subprotocol, Kind((FORMATS[subprotocol or "hubbub.json"], view, socket_of(websocket.scope).squeezed))


def is_of(websocket: WebSocket, session: Session) -> bool:
    """Whether the page that asks is of this session's user; it may be older than the session."""
    user = str(session.user.id)
    return websocket.query_params.get("page_of", user) == user


def parse_after(websocket: WebSocket, default: int) -> int:
    """Return the cursor, or raise `Refused` (`malformed`)."""
    after = parse_id(websocket.query_params.get("after", str(default)))
    if after is None:
        raise Refused("malformed", "The cursor (after) must be a revision: a whole number from 0.")
    return after
