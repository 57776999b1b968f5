"""What programs do with messages by the API: each verb, each refusal, and that once more does no harm."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.support.clients import Client, Crowd, Json
from tests.support.databases import Databases
from tests.support.rooms import shared_server
from tests.support.servers import Server, serving

server = pytest.fixture(scope="module")(shared_server)

NOWHERE = (1 << 63) - 1


@pytest.fixture
async def ana(crowd: Crowd) -> Client:
    return await crowd.join("Ana")


@pytest.fixture
async def ben(crowd: Crowd) -> Client:
    return await crowd.join("Ben")


@pytest.fixture
async def said(ana: Client) -> Json:
    """What Ana has just said."""
    message: Json = (await ana.post("hello")).json()
    return message


async def ask(
    crowd: Crowd, client: Client | None, method: str, number: object, rest: str = "", **body: object
) -> httpx.Response:
    """Send a request about a message."""
    address = f"/api/messages/{number}{rest}"
    return await crowd.http.request(method, address, json=body or None, headers=client.headers if client else None)


def reaction(emoji: str) -> str:
    return f"/reactions/{quote(emoji, safe='')}"


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    shape = response.json()
    assert shape == {**shape, "title": HTTPStatus(status).phrase, "status": status, "code": code}
    assert shape["detail"]


async def test_one_message_is_found_by_its_id(crowd: Crowd, said: Json) -> None:
    assert (await ask(crowd, None, "GET", said["id"])).json() == said


async def test_edit_answers_with_the_message_as_it_is_now(crowd: Crowd, ana: Client, ben: Client, said: Json) -> None:
    stream = await ben.stream()
    answers = [await ask(crowd, ana, "PATCH", said["id"], body="hello @ben") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    edited = answers[0].json()
    assert answers[1].json() == edited
    mentions = [{"id": ben.user["id"], "name": "Ben"}]
    times = {"rev": edited["rev"], "edited_at": edited["edited_at"]}
    assert edited == {**said, **times, "body": "hello @ben", "mentions": mentions}
    assert edited["rev"] > said["rev"]
    assert edited["edited_at"] > said["created_at"]
    assert await stream.sees("hello @ben") == edited


async def test_message_is_taken_back_for_everybody(crowd: Crowd, ana: Client, ben: Client, said: Json) -> None:
    await ask(crowd, ben, "PUT", said["id"], reaction("👍"))
    reply = {"key": str(uuid4()), "body": "re", "reply_to": said["id"]}
    answer = (await crowd.http.post("/api/messages", json=reply, headers=ben.headers)).json()["id"]
    stream = await ben.stream()
    for _ in range(2):
        erased = await ask(crowd, ana, "DELETE", said["id"])
        assert (erased.status_code, erased.content) == (204, b"")
    trace = await stream.sees("")
    assert trace == {**said, "rev": trace["rev"], "body": "", "deleted_at": trace["deleted_at"]}
    assert trace["deleted_at"]
    assert (await ask(crowd, None, "GET", said["id"])).json() == trace
    assert (await crowd.history())[-2:] == [trace, stream.messages[answer]]
    assert stream.messages[answer]["reply_to"] == {"id": said["id"], "name": "Ana", "body": ""}
    again = await ana.post("hello", said["key"])  # by a client that had no answer
    assert (again.status_code, again.json()) == (200, trace)


async def test_reactions_are_put_and_deleted_and_once_more_does_no_harm(
    crowd: Crowd, ana: Client, ben: Client, said: Json
) -> None:
    for client, method, emoji in ((ben, "PUT", "❤️"), (ben, "PUT", "❤️"), (ana, "PUT", "❤️"), (ana, "PUT", "👩🏽‍💻")):
        answer = await ask(crowd, client, method, said["id"], reaction(emoji))
        assert (answer.status_code, answer.content) == (204, b"")
    people = [{"id": one.user["id"], "name": one.user["name"]} for one in (ben, ana)]
    reacted = (await ask(crowd, None, "GET", said["id"])).json()
    assert reacted["reactions"] == [
        {"emoji": "❤️", "count": 2, "users": people},
        {"emoji": "👩🏽‍💻", "count": 1, "users": people[1:]},
    ]
    revisions = []
    for client, emoji in ((ben, "❤️"), (ben, "❤️"), (ana, "❤️"), (ana, "👩🏽‍💻"), (ana, "🎉")):
        assert (await ask(crowd, client, "DELETE", said["id"], reaction(emoji))).status_code == 204
        revisions.append((await ask(crowd, None, "GET", said["id"])).json()["rev"])
    now = (await ask(crowd, None, "GET", said["id"])).json()
    assert now == {**said, "rev": now["rev"]}
    first, again, second, third, absent = revisions
    assert reacted["rev"] < first == again < second < third == absent


async def test_reply_quotes_and_what_replies_to_nothing_is_said_all_the_same(
    crowd: Crowd, ben: Client, said: Json
) -> None:
    for original, quoted in (
        (said["id"], {"id": said["id"], "name": "Ana", "body": "hello"}),
        (NOWHERE, None),
        (None, None),
    ):
        reply = {"key": str(uuid4()), "body": "re", "reply_to": original}
        answer = await crowd.http.post("/api/messages", json=reply, headers=ben.headers)
        assert (answer.status_code, answer.json().get("reply_to")) == (201, quoted)


async def test_pages_after_an_id_lead_to_the_newest_message(crowd: Crowd, ana: Client) -> None:
    for number in range(5):
        await ana.post(f"number {number}")
    everything = await crowd.history()
    found, after = list[Json](), 0
    while page := (await crowd.get("/api/messages", after=after, limit=2))["messages"]:
        assert len(page) <= 2
        found, after = found + page, page[-1]["id"]
    assert found == everything


VERBS = [("PATCH", "", {"body": "x"}), ("DELETE", "", {}), ("PUT", reaction("👍"), {}), ("DELETE", reaction("👍"), {})]


@pytest.mark.parametrize(("method", "rest", "body"), VERBS)
async def test_every_verb_needs_a_session_and_a_message(  # noqa: PLR0913, PLR0917 as three are a row of a table
    crowd: Crowd, ana: Client, said: Json, method: str, rest: str, body: Json
) -> None:
    assert_problem(await ask(crowd, None, method, said["id"], rest, **body), 401, "not_joined")
    for number in (NOWHERE, ana.user["rev"]):
        assert_problem(await ask(crowd, ana, method, number, rest, **body), 404, "not_found")
    for number in (0, -1, "first", 1 << 63):
        assert_problem(await ask(crowd, ana, method, number, rest, **body), 400, "malformed")
    foreign = {**ana.headers, "Origin": "https://elsewhere.example"}
    answer = await crowd.http.request(method, f"/api/messages/{said['id']}{rest}", json=body, headers=foreign)
    assert_problem(answer, 403, "foreign_origin")
    assert (await ask(crowd, None, "GET", said["id"])).json() == said


async def test_what_others_said_is_theirs(crowd: Crowd, ben: Client, said: Json) -> None:
    for method, body in (("PATCH", {"body": "x"}), ("DELETE", {})):
        assert_problem(await ask(crowd, ben, method, said["id"], **body), 403, "not_yours")
    assert (await ask(crowd, None, "GET", said["id"])).json() == said


async def test_what_was_taken_back_cannot_be_changed_any_more(crowd: Crowd, ana: Client, said: Json) -> None:
    await ask(crowd, ana, "DELETE", said["id"])
    for method, rest, body in VERBS:
        if (method, rest) != ("DELETE", ""):
            assert_problem(await ask(crowd, ana, method, said["id"], rest, **body), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"body": ""}, 422, "empty"),
        ({"body": "x" * 4_001}, 422, "too_long"),
        ({"body": "a\x00b"}, 422, "bad_text"),
        ({"body": None}, 400, "malformed"),
        ({"text": "x"}, 400, "malformed"),
    ],
)
async def test_edit_is_held_to_the_rules_of_what_may_be_said(  # noqa: PLR0913, PLR0917 as above
    crowd: Crowd, ana: Client, said: Json, body: Json, status: int, code: str
) -> None:
    assert_problem(await ask(crowd, ana, "PATCH", said["id"], **body), status, code)
    assert (await ask(crowd, None, "GET", said["id"])).json() == said


@pytest.mark.parametrize("emoji", ["x", "👍👍", "+1", ":thumbsup:", "👍 ", "\u200d", "\x00", "x" * 2_000])
async def test_what_is_no_emoji_is_refused(crowd: Crowd, ana: Client, said: Json, emoji: str) -> None:
    for method in ("PUT", "DELETE"):
        assert_problem(await ask(crowd, ana, method, said["id"], reaction(emoji)), 422, "bad_emoji")


async def test_twenty_first_emoji_is_refused(crowd: Crowd, ana: Client, said: Json) -> None:
    for number in range(20):
        assert (await ask(crowd, ana, "PUT", said["id"], reaction(chr(0x1F600 + number)))).status_code == 204
    assert_problem(await ask(crowd, ana, "PUT", said["id"], reaction("🎉")), 422, "too_many_emoji")


@pytest.mark.parametrize("original", [0, -1, 1 << 63, 1.5, "1", [1], True])
async def test_bad_original_is_malformed(crowd: Crowd, ana: Client, original: object) -> None:
    before = await crowd.history()
    reply = {"key": str(uuid4()), "body": "re", "reply_to": original}
    assert_problem(await crowd.http.post("/api/messages", json=reply, headers=ana.headers), 400, "malformed")
    assert await crowd.history() == before


@pytest.fixture
def limited(databases: Databases) -> Iterator[Server]:
    with databases.fresh() as address, serving(address, message_rate="1", join_rate="0") as running:
        yield running


async def test_whoever_changes_too_much_is_told_how_long_to_wait(limited: Server) -> None:
    async with Crowd(limited.url) as crowd:
        ana = await crowd.join("Ana")
        number = (await ana.post("hello")).json()["id"]
        for method, rest, body in VERBS:
            while (answer := await ask(crowd, ana, method, number, rest, **body)).status_code in {200, 204, 404}:
                pass
            assert answer.status_code == 429
            assert answer.json()["code"] == "too_many"
            assert 0 < answer.json()["retry_after"] <= int(answer.headers["retry-after"])
