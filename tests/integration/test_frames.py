"""Frames have exactly the shape of docs/protocol.md: keys of JSON, Turbo Streams markup with escaped text."""

from uuid import uuid4

import pytest

from hubbub.web.face import hue, initials
from tests.support.clients import Client, Crowd
from tests.support.markup import Page
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

NASTY = """<script>alert("1")</script>&amp;<b onclick='x'>"""


def face_of(client: Client) -> dict[str, str]:
    """Return the attributes that the name of somebody has."""
    return {"class": f"h{hue(client.user['id'])}", "data-face": initials(client.user["name"])}


async def test_a_frame_carries_what_the_api_carries(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    posted = (await ana.post("in a frame")).json()
    stream = await ana.stream(after=posted["rev"] - 1)
    frame = await stream.frame()
    while not frame["messages"]:  # the cursor may be where the feed is, a moment before it looks
        frame = await stream.frame()
    assert frame.keys() == {"rev", "messages", "users", "online", "total"}
    assert frame["messages"] == [posted]
    assert (frame["rev"], frame["total"]) == (posted["rev"], (await crowd.get("/api/users"))["total"])
    users = (await crowd.get("/api/users"))["users"]
    await stream.until(lambda one: one.users)
    assert all(user.keys() == users[0].keys() for user in stream.users.values())


async def test_the_lobby_is_told_of_people_only(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    posted = (await ana.post("not for the lobby")).json()
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.until(lambda one: one.rev >= posted["rev"])
    said = (await ana.post("nor this")).json()
    await lobby.until(lambda one: one.rev >= said["rev"])
    assert lobby.users
    assert not lobby.messages


async def test_a_refusal_has_key_code_detail_and_time_to_wait(crowd: Crowd) -> None:
    stream = await (await crowd.join("Ana")).stream()
    key = await stream.say("")
    refused = await stream.refusal()
    assert refused == {"key": key, "code": "empty", "detail": refused["detail"], "retry_after": None}


async def test_a_message_is_markup_with_escaped_text(crowd: Crowd) -> None:
    ana = await crowd.join("<i>Ana</i> & \"co\" 'kg'")
    stream = await ana.html_stream()
    key = await stream.say(NASTY)
    frame = Page(await stream.frame_with(key))
    append, *_, advance = frame.all("turbo-stream")
    assert append.attributes == {"action": "append", "target": "log"}
    (article,) = frame.all("article")
    assert article.attributes == {
        "class": "message",
        "id": article["id"],
        "data-rev": article["id"].removeprefix("m"),
        "data-key": key,
        "data-user": str(ana.user["id"]),
    }
    assert frame.all("b")[0].text == ana.user["name"]
    assert frame.all("b")[0].attributes == {"dir": "auto", **face_of(ana)}
    assert frame.all("p")[0].text == NASTY
    assert not frame.all("script")
    assert advance.attributes == {"action": "advance", "target": "room", "rev": article["data-rev"]}


async def test_what_is_on_its_way_has_the_face_of_who_said_it(crowd: Crowd) -> None:
    ana = await crowd.join("Ana Souza")
    for address in ("/room", "/room?before=1"):
        blank = Page((await crowd.http.get(address, headers=ana.headers)).text).one("m")
        assert blank.children[0].children[0].attributes == {"dir": "auto", **face_of(ana)}


async def test_people_are_markup_with_their_place_in_the_list(crowd: Crowd) -> None:
    watcher = await crowd.join("Watcher")
    stream = await watcher.html_stream()
    name = 'Zoë & <b>"</b>'
    zoe = await crowd.join(name)
    frame = Page(await stream.frame_with(f'id="u{zoe.user["id"]}"'))
    person = frame.one(f"u{zoe.user['id']}")
    rev = str(zoe.user["rev"])
    assert person.attributes == {
        "id": f"u{zoe.user['id']}",
        "data-rev": rev,
        "data-sort": name.lower(),
        "data-online": "false",
    }
    assert person.text == f"{name} offline"
    assert person.children[0].attributes == {"dir": "auto", **face_of(zoe)}
    assert [(one["action"], one["target"]) for one in frame.all("turbo-stream")] == [
        ("append", "people"),
        ("update", "counts"),
        ("advance", "room"),
    ]


async def test_nothing_new_is_a_frame_that_only_advances(crowd: Crowd) -> None:
    stream = await (await crowd.join("Ana")).html_stream()
    frame = Page("")
    while [element.tag for element in frame.elements] != ["turbo-stream"]:  # first where the room is, and that she came
        frame = Page(await stream.frame())
    assert frame.elements[0]["action"] == "advance"


async def test_a_cursor_of_no_use_refreshes_the_page(crowd: Crowd) -> None:
    stream = await (await crowd.join("Ana")).html_stream(after=10**12)
    assert await stream.frame() == '<turbo-stream action="refresh"></turbo-stream>'


@pytest.mark.parametrize("key", ['"><script>', "\ud800", "\x00", "", "x" * 5_000], ids=ascii)
async def test_a_refusal_is_markup_that_names_the_key_escaped(crowd: Crowd, key: str) -> None:
    stream = await (await crowd.join("Ana")).html_stream()
    await stream.say("hello", key)
    (refusal,) = Page(await stream.frame_with("refuse")).elements
    assert refusal.attributes == {
        "action": "refuse",
        "target": key.replace("\ud800", "?"),
        "code": "bad_key",
        "retry-after": "",
    }
    assert refusal.text
    assert "alive" in await stream.frame_with(await stream.say("alive", uuid4()))
