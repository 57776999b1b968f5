"""A bad frame is refused and harms nobody; a bad handshake is refused as problem details."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from secrets import token_hex
from uuid import uuid4

import pytest
from websockets import ConnectionClosed

from tests.support.clients import Client, Crowd, Stream
from tests.support.rooms import shared_server
from tests.support.servers import serving

server = pytest.fixture(scope="module")(shared_server)

KEY = "331dd1fd-1832-4111-accb-2354d0c6a1a7"


def say(key: object, body: object) -> str:
    return json.dumps({"say": {"key": key, "body": body}})


@pytest.fixture
async def ana(crowd: Crowd) -> Client:
    return await crowd.join("Ana")


@pytest.fixture
async def neighbour(crowd: Crowd) -> AsyncIterator[Stream]:
    """Somebody next to the bad one, who must not notice."""
    stream = await (await crowd.join("Neighbour")).stream()
    yield stream
    assert not stream.refusals
    await stream.say(said := f"still here {uuid4()}")
    await stream.sees(said)


@pytest.mark.parametrize(
    ("frame", "key", "code"),
    [
        ("", None, "malformed"),
        ("hello", None, "malformed"),
        ("{", None, "malformed"),
        ("null", None, "malformed"),
        ("[]", None, "malformed"),
        ('"say"', None, "malformed"),
        ("1" * 5_000, None, "malformed"),
        ("[" * 10_000, None, "malformed"),
        ('{"say":' * 2_000, None, "malformed"),
        ('{"say": "hello"}', None, "malformed"),
        ('{"say": {}}', None, "malformed"),
        (say(KEY, None), None, "malformed"),
        (say(KEY, 7), None, "malformed"),
        (say(7, "hello"), None, "malformed"),
        (say(None, "hello"), None, "malformed"),
        ('{"typing": 1}', None, "malformed"),
        ('{"typing": false}', None, "malformed"),
        (b"\x00\x01\x02", None, "malformed"),
        (say(KEY, "in bytes").encode(), None, "malformed"),
        ("{}", None, "unknown"),
        ('{"shout": "hello"}', None, "unknown"),
        (say(KEY, "x" * 17 * 1024), None, "too_large"),
        (say(KEY, "x" * 100 * 1024), None, "too_large"),
        ("x" * 1000 * 1024, None, "too_large"),
        (say("nonsense", "hello"), "nonsense", "bad_key"),
        (say("", "hello"), "", "bad_key"),
        (say("\ud800", "hello"), "\ud800", "bad_key"),
        (say(KEY, ""), KEY, "empty"),
        (say(KEY, " \n\t\u200b"), KEY, "empty"),
        (say(KEY, "x" * 4_001), KEY, "too_long"),
        (say(KEY, "a\x00b"), KEY, "bad_text"),
        (say(KEY, "\ud800"), KEY, "bad_text"),
    ],
    ids=lambda value: ascii(value)[:30],
)
async def test_a_bad_frame_is_refused_and_the_stream_lives_on(
    ana: Client, neighbour: Stream, frame: str | bytes, key: str | None, code: str
) -> None:
    stream = await ana.stream()
    await stream.socket.send(frame)
    refused = await stream.refusal()
    assert refused == {"key": key, "code": code, "detail": refused["detail"], "retry_after": None}
    assert refused["detail"]
    await stream.say(said := f"good again {uuid4()}")
    await stream.sees(said)
    await neighbour.sees(said)
    assert len(stream.refusals) == 1


async def test_typing_is_taken_without_a_word(ana: Client) -> None:
    stream = await ana.stream()
    await stream.socket.send('{"typing": true}')
    await stream.say("typed")
    await stream.sees("typed")
    assert not stream.refusals


async def test_a_frame_in_fragments_is_one_frame(ana: Client) -> None:
    stream = await ana.stream()
    text = say(str(uuid4()), "in fragments")
    await stream.socket.send([text[:5], text[5:20], text[20:]])
    await stream.sees("in fragments")


async def test_refused_frames_do_not_reorder_the_good_ones_between(ana: Client) -> None:
    stream = await ana.stream()
    for number in range(20):
        await stream.socket.send("nonsense")
        await stream.say(f"between {number:02}")
    await stream.sees("between 19")
    await stream.until(lambda one: len(one.refusals) == 20)
    assert [body for body in stream.bodies if body.startswith("between")] == [f"between {n:02}" for n in range(20)]


async def test_a_frame_over_one_mebibyte_ends_only_its_own_stream(ana: Client, neighbour: Stream) -> None:
    bad, good = await ana.stream(), await ana.stream()
    await bad.frame()
    with suppress(ConnectionClosed):  # it is refused at its first bytes, which may be before the last are sent
        await bad.socket.send(token_hex(1024 * 1024 + 1))  # no compression makes less of that
    assert (await bad.ends())[0] == 1009
    await good.say("the same person goes on")
    await good.sees("the same person goes on")
    await neighbour.sees("the same person goes on")


async def test_bytes_that_are_no_websocket_frame_end_only_their_own_stream(ana: Client, neighbour: Stream) -> None:
    bad = await ana.stream()
    await bad.frame()
    bad.socket.transport.write(b"\xff" * 100)
    assert (await bad.ends())[0] == 1002
    await neighbour.frame()


async def test_nobody_speaks_from_the_lobby(crowd: Crowd, ana: Client) -> None:
    for headers in ({}, ana.headers):
        lobby = await crowd.stream(view="lobby", headers=headers)
        await lobby.say("from the lobby", uuid4())
        refused = await lobby.refusal()
        assert refused["code"] == "not_joined"
    assert "from the lobby" not in [message["body"] for message in await crowd.history()]


async def test_the_lobby_is_open_to_anyone(crowd: Crowd) -> None:
    lobby = await crowd.stream(view="lobby")
    assert (await lobby.frame())["messages"] == []


@pytest.mark.parametrize(
    ("query", "protocols", "headers", "refusal"),
    [
        ("", [], {}, (401, "not_joined")),
        ("view=room&after=0", ["hubbub.html"], {}, (401, "not_joined")),
        ("", [], {"Authorization": "Bearer nonsense"}, (401, "not_joined")),
        ("", [], {"Cookie": "hubbub=nonsense"}, (401, "not_joined")),
        ("user_id=1", [], {}, (401, "not_joined")),
        ("view=lobby", [], {"Origin": "https://elsewhere.example"}, (403, "foreign_origin")),
        ("view=lobby", [], {"Origin": "null"}, (403, "foreign_origin")),
        ("view=lobby", [], {"Origin": "http://["}, (403, "foreign_origin")),
        ("view=lobby", [], {"Origin": "http://127.0.0.1:1"}, (403, "foreign_origin")),
        ("view=attic", [], {}, (400, "malformed")),
        ("view=", [], {}, (400, "malformed")),
        ("view=lobby&after=", [], {}, (400, "malformed")),
        ("view=lobby&after=-1", [], {}, (400, "malformed")),
        ("view=lobby&after=1.5", [], {}, (400, "malformed")),
        ("view=lobby&after=now", [], {}, (400, "malformed")),
        ("view=lobby&after=%D9%A1", [], {}, (400, "malformed")),
        (f"view=lobby&after={1 << 63}", [], {}, (400, "malformed")),
        (f"view=lobby&after={'0' * 20}{'9' * 30}", [], {}, (400, "malformed")),
        (f"view=lobby&after={'0' * 20}{'9' * 5_000}", [], {}, (400, "malformed")),
        ("view=lobby", ["chat"], {}, (400, "malformed")),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_a_bad_handshake_is_refused_as_problem_details(
    crowd: Crowd, query: str, protocols: list[str], headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    answer = await crowd.handshake(query, protocols, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (refusal[0], "application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    shape = answer.json()
    assert shape.keys() == {"type", "title", "status", "detail", "code"}
    assert (shape["status"], shape["code"]) == refusal


async def test_the_origin_of_the_room_itself_may_open_streams(crowd: Crowd) -> None:
    lobby = await crowd.stream(view="lobby", headers={"Origin": crowd.url})
    await lobby.frame()


async def test_a_refused_handshake_is_worth_no_line_in_the_log(database_url: str) -> None:
    """Anybody can be refused as often as they like."""
    with serving(database_url) as server:
        async with Crowd(server.url) as crowd:
            assert (await crowd.handshake("view=lobby&after=nowhere", ["hubbub.json"])).status_code == 400
            assert (await crowd.handshake("view=room", ["hubbub.json"])).status_code == 401
        server.stop()
    assert "handshake" not in "".join(server.logged)
