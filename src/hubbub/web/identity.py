"""Who is asking: a signed session in a cookie, or the same token as a bearer.

Nothing a person can type into an address or a form makes them somebody else.
"""

from dataclasses import dataclass
from functools import lru_cache
from uuid import uuid4

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from hubbub.room.changes import Author, User

COOKIE = "hubbub"
YEAR = 365 * 24 * 3600
KNOWN = 4_000  # tokens whose session is remembered
LONGEST = 1_000  # characters of a token: twice what the longest name takes


@dataclass(frozen=True, slots=True)
class Session:
    """A user in one browser or program; leaving ends this session and no other of that user."""

    id: str
    user: Author


class Identity:
    """Signs and reads sessions with the secret that all processes of a room share."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="session")
        # Programs show the same token with each request, and browsers with each page and its stream.
        self._verify = lru_cache(KNOWN)(self._verify_anew)

    def issue(self, user: User) -> str:
        """Return the token of a new session."""
        return str(self._signer.dumps([uuid4().hex, user.id, user.name]))

    def read(self, connection: HTTPConnection) -> Session | None:
        """Return the session of a request or handshake, None if it carries no valid one."""
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else connection.cookies.get(COOKIE, "")
        return self._verify(token) if len(token) <= LONGEST else None

    def _verify_anew(self, token: str) -> Session | None:
        try:
            session_id, user_id, name = self._signer.loads(token)
        except (BadData, ValueError, TypeError):
            return None
        return Session(session_id, Author(user_id, name))


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Let the browser keep a session: out of reach of scripts and of other sites' forms."""
    response.set_cookie(COOKIE, token, max_age=YEAR, httponly=True, samesite="lax", secure=secure)


def forget_cookie(response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
