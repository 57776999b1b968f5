"""The JSON API answers exactly as docs/protocol.md says, shape by shape and page by page."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.support.clients import Crowd, Json
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

USER = {"id", "rev", "name", "online", "last_seen_at"}
MESSAGE = {"id", "rev", "key", "user", "body", "created_at", "edited_at", "deleted_at"}


async def test_joining_returns_the_user_and_a_token(crowd: Crowd) -> None:
    response = await crowd.http.post("/api/join", json={"name": "Shape"})
    joined = response.json()
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert joined.keys() == {"user", "token"}
    assert joined["user"].keys() == USER
    assert joined["user"] == {**joined["user"], "name": "Shape", "online": False, "last_seen_at": None}


async def test_one_name_is_one_user_however_it_is_typed(crowd: Crowd) -> None:
    first, again, loud = [await crowd.join(name) for name in ("Ana", " ana ", "ANA")]
    assert first.user == again.user == loud.user
    assert len({first.token, again.token, loud.token}) == 3


async def test_a_new_name_at_the_same_instant_is_one_user_with_two_sessions(crowd: Crowd) -> None:
    clients = await asyncio.gather(*(crowd.join("Twin") for _ in range(8)))
    assert len({client.user["id"] for client in clients}) == 1
    assert len({client.token for client in clients}) == 8


async def test_a_posted_message_is_returned_in_its_documented_shape(crowd: Crowd) -> None:
    author, key = await crowd.join("Author"), uuid4()
    response = await author.post("  Hello\r\nworld \n", key)
    message = response.json()
    assert response.status_code == 201
    assert message.keys() == MESSAGE
    assert message["user"] == {"id": author.user["id"], "name": "Author"}
    assert (message["key"], message["body"]) == (str(key), "  Hello\nworld")
    assert message["id"] == message["rev"] > author.user["rev"]
    assert (message["edited_at"], message["deleted_at"]) == (None, None)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(message["created_at"])).total_seconds()) < 60


async def test_a_reply_quotes_what_it_replies_to(crowd: Crowd) -> None:
    author, other = await crowd.join("Asked"), await crowd.join("Answering")
    question = (await author.post("How much?")).json()
    typed = {"key": str(uuid4()), "body": "Twice that", "reply_to": question["id"]}
    headers = {"Authorization": f"Bearer {other.token}"}
    reply = (await crowd.http.post("/api/messages", json=typed, headers=headers)).json()
    assert reply["reply_to"] == {"id": question["id"], "name": "Asked", "body": "How much?"}


async def test_a_repeated_key_returns_the_message_it_made(crowd: Crowd) -> None:
    author, key = await crowd.join("Insistent"), uuid4()
    first = await author.post("once", key)
    again = await author.post("never twice", key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [m["body"] for m in await crowd.history() if m["key"] == str(key)] == ["once"]


async def test_parallel_repeats_of_one_key_make_one_message(crowd: Crowd) -> None:
    author, key = await crowd.join("Parallel"), uuid4()
    answers = await asyncio.gather(*(author.post("once", key) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_two_users_may_use_the_same_key(crowd: Crowd) -> None:
    key = uuid4()
    answers = [await (await crowd.join(name)).post("mine", key) for name in ("Key One", "Key Two")]
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_a_body_of_four_thousand_astral_characters_fits(crowd: Crowd) -> None:
    body = "😀" * 4000
    assert (await (await crowd.join("Astral")).post(body)).json()["body"] == body


async def test_history_leads_page_by_page_to_the_very_first_message(crowd: Crowd) -> None:
    author = await crowd.join("Historian")
    said = [(await author.post(f"page {number}")).json() for number in range(7)]
    newest = await crowd.get("/api/messages", limit=3)
    assert newest == {"messages": said[-3:]}
    assert await crowd.get("/api/messages", limit=3, before=said[-3]["id"]) == {"messages": said[-6:-3]}
    everything = await crowd.history()
    assert everything[-7:] == said
    assert [m["id"] for m in everything] == sorted({m["id"] for m in everything})
    assert await crowd.get("/api/messages", before=everything[0]["id"]) == {"messages": []}


async def test_history_has_fifty_messages_unless_said(crowd: Crowd) -> None:
    author = await crowd.join("Talkative")
    await asyncio.gather(*(author.post(f"one of many {number}") for number in range(51)))
    assert len((await crowd.get("/api/messages"))["messages"]) == 50


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
async def test_changes_lead_to_the_head_whatever_the_limit(crowd: Crowd, limit: int) -> None:
    for number in range(3):
        author = await crowd.join(f"Changer {limit} {number}")
        await asyncio.gather(*(author.post(f"change {number}") for _ in range(4)))
    after, messages, users = 0, list[Json](), list[Json]()
    while (changes := await crowd.get("/api/changes", after=after, limit=limit))["rev"] > after:
        assert changes.keys() == {"rev", "messages", "users"}
        rows = changes["messages"] + changes["users"]
        assert 0 < len(rows) <= limit
        assert all(after < row["rev"] <= changes["rev"] for row in rows)
        after, messages, users = changes["rev"], messages + changes["messages"], users + changes["users"]
    assert messages == await crowd.history()
    everybody = (await crowd.get("/api/users", limit=200))["users"]
    assert sorted(users, key=lambda user: int(user["id"])) == everybody


async def test_changes_after_the_head_are_none(crowd: Crowd) -> None:
    await crowd.join("Somebody")
    head = (await crowd.get("/api/changes", limit=200, after=(1 << 63) - 1))["rev"]
    assert await crowd.get("/api/changes", after=head) == {"rev": head, "messages": [], "users": []}


async def test_users_come_by_id_and_page_after_page(crowd: Crowd) -> None:
    for number in range(5):
        await crowd.join(f"Listed {number}")
    everybody = await crowd.get("/api/users", limit=200)
    assert everybody.keys() == {"users", "online", "total"}
    assert all(user.keys() == USER for user in everybody["users"])
    assert everybody["total"] == len(everybody["users"])
    paged, after = list[Json](), 0
    while page := (await crowd.get("/api/users", limit=2, after=after))["users"]:
        assert len(page) <= 2
        paged, after = paged + page, page[-1]["id"]
    assert paged == everybody["users"] == sorted(paged, key=lambda user: int(user["id"]))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("quer", ["Query", "Subquery"]),
        (" QUERY ", ["Query", "Subquery"]),
        ("100%", ["100% Sure"]),
        ("%", ["100% Sure"]),
        ("_", ["Under_score"]),
        ("\\", ["Back\\slash"]),
        ("RÖß", ["Größe"]),
        ("nobody of that name", []),
    ],
)
async def test_a_query_finds_a_part_of_a_name_as_it_is_written(crowd: Crowd, query: str, found: list[str]) -> None:
    for name in ("Query", "Subquery", "100% Sure", "Under_score", "Back\\slash", "Größe"):
        await crowd.join(name)
    people = await crowd.get("/api/users", q=query)
    assert [user["name"] for user in people["users"]] == found
    assert people["total"] > len(found)  # the counts are of everybody


async def test_a_query_is_paged_like_the_whole_list(crowd: Crowd) -> None:
    sought = [(await crowd.join(f"Sought {number}")).user for number in range(3)]
    assert (await crowd.get("/api/users", q="sought", limit=2))["users"] == sought[:2]
    assert (await crowd.get("/api/users", q="sought", limit=2, after=sought[1]["id"]))["users"] == sought[2:]
