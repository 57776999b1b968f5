"""Proves that sessions are read back, whatever the name, and that what is no token is not remembered."""

import tracemalloc

from starlette.requests import HTTPConnection

from hubbub.room.changes import User
from hubbub.room.name import MAX_NAME
from hubbub.web.identity import COOKIE, LONGEST, Identity

TRIES, LARGE = 100, 60_000  # cookies that are no tokens, and their length


def shows(cookie: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"cookie", f"{COOKIE}={cookie}".encode())]})


def test_longest_name_in_any_script_has_a_token_that_is_read() -> None:
    identity = Identity("secret")
    for letter in "x", "é", "語", "𒐫":
        ana = User(1, 1, letter * MAX_NAME, online=False, last_seen_at=None, sort_key="")
        token = identity.issue(ana)
        assert len(token) < LONGEST
        session = identity.read(shows(token))
        assert session
        assert session.user.name == ana.name


def test_what_is_too_long_for_a_token_is_not_remembered() -> None:
    identity = Identity("secret")
    tracemalloc.start()
    for number in range(TRIES):
        assert identity.read(shows(f"{number}".zfill(LARGE))) is None
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < TRIES * LARGE / 10
