"""The stream says what replies to what, and refuses what is no id."""

import json
from uuid import uuid4

import pytest

from tests.support.clients import Crowd
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

KEY = "331dd1fd-1832-4111-accb-2354d0c6a1a7"


async def test_reply_by_a_stream_quotes_its_original_for_everybody(crowd: Crowd) -> None:
    ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
    streams = [await ana.stream(), await ben.stream()]
    page = await ana.html_stream()
    original = (await ana.post("*who* comes?")).json()
    frame = {"say": {"key": str(uuid4()), "body": "I do, @Ana", "reply_to": original["id"]}}
    await streams[1].socket.send(json.dumps(frame))
    for stream in streams:
        reply = await stream.sees("I do, @Ana")
        assert reply["reply_to"] == {"id": original["id"], "name": "Ana", "body": "*who* comes?"}
        assert reply["mentions"] == [{"id": ana.user["id"], "name": "Ana"}]
        assert not {"reply_to", "mentions", "reactions"} & stream.messages[original["id"]].keys()
    markup = await page.frame_with("I do")
    assert f'href="/room?around={original["id"]}#m{original["id"]}"' in markup
    assert '<span dir="auto">who comes?</span>' in markup
    assert f'<mark data-user="{ana.user["id"]}">@Ana</mark>' in markup


@pytest.mark.parametrize("original", [None, (1 << 63) - 1])
async def test_what_replies_to_nothing_is_said_all_the_same(crowd: Crowd, original: int | None) -> None:
    stream = await (await crowd.join("Ana")).stream()
    body = f"to {original}"
    await stream.socket.send(json.dumps({"say": {"key": str(uuid4()), "body": body, "reply_to": original}}))
    assert "reply_to" not in await stream.sees(body)


@pytest.mark.parametrize("original", [0, -1, 1 << 63, 10**400, 1.5, "1", [1], {}, True, False])
async def test_bad_original_is_refused_and_the_stream_lives_on(crowd: Crowd, original: object) -> None:
    stream = await (await crowd.join("Ana")).stream()
    await stream.socket.send(json.dumps({"say": {"key": KEY, "body": "lost", "reply_to": original}}))
    refused = await stream.refusal()
    assert (refused["key"], refused["code"]) == (None, "malformed")
    await stream.say(said := f"good again {uuid4()}")
    await stream.sees(said)
    assert "lost" not in [message["body"] for message in await crowd.history()]


async def test_whoever_was_away_is_told_what_has_become_of_messages(crowd: Crowd) -> None:
    ana = await crowd.join("Away")
    edited, erased, liked = [(await ana.post(body)).json()["id"] for body in ("frist", "gone", "liked")]
    away = await ana.stream(after=ana.user["rev"] - 1)
    await away.sees("liked")
    await away.close()
    await crowd.http.patch(f"/api/messages/{edited}", json={"body": "first"}, headers=ana.headers)
    await crowd.http.delete(f"/api/messages/{erased}", headers=ana.headers)
    await crowd.http.put(f"/api/messages/{liked}/reactions/%F0%9F%91%8D", headers=ana.headers)
    back = await ana.stream(after=away.rev)
    await back.until(lambda stream: len(stream.messages) == 3)
    held = away.messages | back.messages
    there = {message["id"]: message for message in await crowd.history()}
    assert held == {number: there[number] for number in held}
    assert (held[edited]["body"], held[erased]["body"], held[liked]["reactions"][0]["count"]) == ("first", "", 1)
