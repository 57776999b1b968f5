"""A hundred thousand bad frames, of every kind, harm nobody but who sends them.

Every text frame gets the answer that docs/protocol.md has for it, and a welcome one is said exactly once.
"""

import asyncio
import json
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.room.message import parse_body
from tests.support.clients import Client, Crowd
from tests.support.databases import Databases
from tests.support.neighbours import GROWTH, assert_unharmed, errors, neighbour_in
from tests.support.rooms import shared_server
from tests.support.servers import Server
from tests.support.sessions import session
from tests.support.vitals import MEBIBYTE, Vitals
from tests.support.wires import BINARY, FIN, PING, PONG, RSV1, TEXT, Wire, frame, handshake

SOCKETS, FRAMES, BURST = 8, 12_500, 100
BOMBS = 1_000  # of a mebibyte each
MAX_FRAME = 16 * 1024

END = frame(b"{}")  # is refused as unknown, and so tells that all before it has been answered
WORDS = ["say", "typing", "key", "body", "", "refused", "__proto__", "\x00", "ключ"]
VALUES: list[object] = [
    None,
    True,
    False,
    0,
    -1,
    1e308,
    1 << 70,
    "",
    "hello",
    "\ud800",
    "\u202e",
    [],
    {},
    [[]],
    "😀" * 9,
]


def refusal(text: str | None) -> str | None:
    """Return the code that docs/protocol.md has for a frame, None where there is none."""
    if text is not None and len(text.encode()) > MAX_FRAME:
        return "too_large"
    match _parsed(text):
        case {"say": {"key": str(), "body": str()} as message}:
            return refusal_of_message(message)
        case {"typing": True}:
            return None
        case {"say": _} | {"typing": _}:
            return "malformed"
        case dict():
            return "unknown"
    return "malformed"


def _parsed(text: str | None) -> object:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def refusal_of_message(message: dict[str, str]) -> str | None:
    try:
        UUID(message["key"])
    except ValueError:
        return "bad_key"
    try:
        parse_body(message["body"])
    except Refused as refused:
        return refused.code
    return None


def message(random: Random) -> str:
    """Return a frame that says something."""
    key = str(UUID(int=random.getrandbits(128), version=4))
    return json.dumps({"say": {"key": key, "body": "x" * random.randrange(1, 40)}}, ensure_ascii=random.random() < 0.5)


def wrong_shape(random: Random) -> str:
    """Return JSON that is not of the protocol, most of the time."""

    def value(depth: int) -> object:
        if depth and random.random() < 0.6:
            return {random.choice(WORDS): value(depth - 1) for _ in range(random.randrange(4))}
        return random.choice(VALUES)

    return json.dumps({random.choice(WORDS): value(2) for _ in range(random.randrange(3))} or value(2))


def mutated(random: Random) -> str:
    """Return a frame that says something, with a few characters changed."""
    text = message(random)
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(text) + 1)
        other = random.choice(("", chr(random.randrange(128)), random.choice('{}[]":,\\u'), "é", text[place:][:9]))
        text = text[:place] + other + text[place + random.randrange(3) :]
    return text


def noise(random: Random) -> str:
    """Return any text at all."""
    return random.randbytes(random.randrange(60)).decode("latin-1")


def large(random: Random) -> str:
    """Return a frame about as large as may be."""
    return json.dumps(
        {"say": {"key": str(UUID(int=random.getrandbits(128))), "body": "x" * random.randrange(16_300, 16_400)}}
    )


KINDS = (wrong_shape, mutated, noise)


class Attacker:
    """One who sends bad frames on one stream, and writes down what should come of them."""

    def __init__(self, port: int, token: str, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 as it is to be repeated
        self._request = handshake(port, "/stream", f"Authorization: Bearer {token}")
        self._port = port
        self.welcome: set[str] = set()
        self.answers: Counter[str] = Counter()

    def attack(self, frames: int) -> None:
        """Send so many frames, a burst at a time, and check each answer."""
        with Wire(self._port).open(self._request) as wire:
            for _ in range(frames // BURST):
                burst = [self._any() for _ in range(BURST - 1)]
                wire.send(b"".join(data for data, _ in burst) + END)
                expected = [code for _, code in burst if code is not None]
                codes = self.codes(wire, len(expected) + 1)
                assert codes == [*expected, "unknown"]
                self.answers.update(codes)

    def _any(self) -> tuple[bytes, str | None]:
        """Return some frame and the code with which it must be refused."""
        random = self._random
        mask = random.randbytes(4) if random.random() < 0.1 else bytes(4)
        if (chance := random.random()) < 0.1:
            return frame(random.randbytes(random.randrange(60)), FIN | BINARY, mask=mask), refusal(None)
        kind = large if chance < 0.103 else message if chance < 0.11 else random.choice(KINDS)
        text = kind(random)
        match (code := refusal(text)) or json.loads(text):
            case {"say": {"key": str(key), "body": str()}}:
                self.welcome.add(str(UUID(key)))
        return frame(text.encode(), mask=mask), code

    @staticmethod
    def codes(wire: Wire, count: int) -> list[str]:
        codes: list[str] = []
        while len(codes) < count:
            found = wire.next()
            assert found is not None, "the stream has ended"
            assert found.opcode in {TEXT, PING}, found
            if found.opcode == PING:
                wire.send(frame(found.data, FIN | PONG))
            if found.data.startswith(b'{"refused":'):
                codes.append(json.loads(found.data)["refused"]["code"])
        return codes


async def stored(database_url: str, keys: set[str]) -> int:
    async with session(database_url) as connection:
        counted: int = await connection.fetchval(
            "select count(*) from messages where key = any ($1::uuid[])", list(keys)
        )
    return counted


async def test_a_hundred_thousand_bad_frames_get_their_answers_and_harm_nobody(
    server: Server, crowd: Crowd, database_url: str
) -> None:
    vitals = Vitals(server, database_url)
    tokens = [(await crowd.join(f"Attacker {number}")).token for number in range(SOCKETS)]
    attackers = [Attacker(server.port, token, seed) for seed, token in enumerate(tokens)]

    async def attack(frames: int) -> None:
        await asyncio.gather(*(asyncio.to_thread(attacker.attack, frames) for attacker in attackers))

    async with neighbour_in(crowd) as neighbour:
        before = await neighbour.calm()
        await attack(1_000)  # what is made once is not counted as left behind
        held, memory = await vitals.settled(), vitals.rss
        began = time.perf_counter()
        under = await neighbour.during(attack(FRAMES))
        took = time.perf_counter() - began
        await vitals.return_to(held)
    print(f"{SOCKETS * FRAMES:,} frames in {took:.1f} s: {sum((a.answers for a in attackers), Counter())}")  # noqa: T201
    assert_unharmed(before, under, "bad frames")
    assert vitals.rss - memory < GROWTH
    welcome = set[str]().union(*(attacker.welcome for attacker in attackers))
    assert await stored(database_url, welcome) == len(welcome) > 0
    assert errors(server) == []


@pytest.fixture(scope="module")
def wire(databases: Databases) -> Iterator[Wire]:
    """One stream for all examples: none of them may end it."""
    for server in shared_server(databases):
        joined = asyncio.run(join(server))
        with Wire(server.port).open(handshake(server.port, "/stream", f"Authorization: Bearer {joined.token}")) as wire:
            yield wire


async def join(server: Server) -> Client:
    async with Crowd(server.url) as crowd:
        return await crowd.join("Somebody")


TEXTS = st.text(st.characters(codec="utf-8")) | st.text(st.characters(), max_size=5)  # with lone surrogates
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | TEXTS, inner, max_size=3),
    max_leaves=8,
)
SAY = st.fixed_dictionaries({}, optional={"key": st.uuids().map(str) | JSON, "body": TEXTS | JSON, "more": JSON})
OBJECTS = st.fixed_dictionaries({}, optional={"say": SAY | JSON, "typing": st.booleans() | JSON, "more": JSON})


@settings(max_examples=300, deadline=None)
@given(shape=JSON | OBJECTS)
def test_json_of_any_shape_gets_the_answer_that_is_documented(wire: Wire, shape: object) -> None:
    text = json.dumps(shape)
    wire.send(frame(text.encode()) + END)
    expected = ["unknown"] if (code := refusal(text)) is None else [code, "unknown"]
    assert Attacker.codes(wire, len(expected)) == expected


async def test_bombs_are_answered_one_by_one_and_weigh_what_they_weigh_on_the_wire(
    server: Server, crowd: Crowd, database_url: str
) -> None:
    vitals = Vitals(server, database_url)
    token = (await crowd.join("Attacker")).token
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(b"x" * MEBIBYTE) + deflate.flush(zlib.Z_SYNC_FLUSH)
    bombs = frame(bomb.removesuffix(b"\0\0\xff\xff"), FIN | RSV1 | TEXT) * BOMBS
    request = handshake(
        server.port, "/stream", f"Authorization: Bearer {token}", "Sec-WebSocket-Extensions: permessage-deflate"
    )

    def attack() -> list[str]:
        with Wire(server.port).open(request) as wire:
            wire.send(bombs)
            return Attacker.codes(wire, BOMBS)

    async with neighbour_in(crowd) as neighbour:
        before = await neighbour.calm()
        memory = vitals.rss
        attacking = asyncio.ensure_future(asyncio.to_thread(attack))
        watching = asyncio.ensure_future(vitals.peak(attacking))
        under = await neighbour.during(watching)
    assert attacking.result() == ["too_large"] * BOMBS
    assert watching.result() - memory < GROWTH
    assert_unharmed(before, under, "bombs")
    assert errors(server) == []
