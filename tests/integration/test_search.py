"""What people and programs find of what was said: by the page without JavaScript, by frames, and by the API."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from hubbub.web.searching import FOUND
from tests.support.clients import Client, Crowd, Json
from tests.support.markup import Page
from tests.support.parts import eventually
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

TURBO = {"Accept": "text/vnd.turbo-stream.html"}


@pytest.fixture
async def ben(crowd: Crowd) -> Client:
    return await crowd.join("Ben")


@pytest.fixture
async def ana(crowd: Crowd) -> httpx.AsyncClient:
    return await crowd.enter("Ana")


@pytest.fixture
def word() -> str:
    """What nobody has said before."""
    return "w" + uuid4().hex


async def bodies(crowd: Crowd, query: str, **more: object) -> list[str]:
    return [message["body"] for message in (await crowd.get("/api/search", q=query, **more))["messages"]]


def finds(crowd: Crowd, query: str, count: int) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return len(await bodies(crowd, query, limit=200)) == count

    return ask


async def say(crowd: Crowd, who: Client, query: str, *said: str) -> list[Json]:
    """Let somebody say what is found by a query, and wait until it is."""
    messages = [(await who.post(body)).json() for body in said]
    await eventually(finds(crowd, query, len(said)))
    return messages


async def test_programs_find_messages_newest_first_and_page_back(crowd: Crowd, ben: Client, word: str) -> None:
    said = await say(crowd, ben, word, *(f"{word} {number}" for number in range(5)))
    assert (await crowd.get("/api/search", q=word))["messages"] == said[::-1]
    assert await bodies(crowd, word.upper(), limit=2) == [f"{word} 4", f"{word} 3"]
    assert await bodies(crowd, word, before=said[3]["id"], limit=2) == [f"{word} 2", f"{word} 1"]
    assert await bodies(crowd, f"3 {word[2:9]}") == [f"{word} 3"]


async def test_what_is_taken_back_or_changed_is_not_found_any_more(crowd: Crowd, ben: Client, word: str) -> None:
    changed, taken = await say(crowd, ben, word, f"{word} here", f"{word} there")
    address = "/api/messages/{}"
    await crowd.http.patch(address.format(changed["id"]), json={"body": "nothing"}, headers=ben.headers)
    await crowd.http.delete(address.format(taken["id"]), headers=ben.headers)
    await eventually(finds(crowd, word, 0))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"q": ""}, 422, "empty"),
        ({"q": "a"}, 422, "too_short"),
        ({"q": "x" * 101}, 422, "too_long"),
        ({"q": "a\x00b"}, 422, "bad_text"),
        ({"q": "fine", "before": "x"}, 400, "malformed"),
    ],
)
async def test_what_cannot_be_looked_for_is_told_in_words(
    crowd: Crowd, ana: httpx.AsyncClient, query: dict[str, str], status: int, code: str
) -> None:
    api = await crowd.http.get("/api/search", params=query)
    frame = await ana.get("/search", params=query, headers=TURBO)
    page = await ana.get("/search", params=query)
    assert {answer.status_code for answer in (api, frame, page)} == {status}
    assert api.json()["code"] == frame.json()["code"] == code
    assert Page(page.text).one("search-problem").text == frame.json()["detail"]


async def test_page_shows_what_is_found_marked_with_links_into_the_conversation(
    crowd: Crowd, ana: httpx.AsyncClient, ben: Client, word: str
) -> None:
    body = f"*{word}* <b>&amp;</b> [link](https://example.org/{word}) `{word}s`"
    (said,) = await say(crowd, ben, word, body)
    page = Page((await ana.get("/search", params={"q": f"{word.upper()} amp"})).text)
    assert [mark.text for mark in page.all("mark")] == [word, "amp", word]
    assert page.one("query")["value"] == f"{word.upper()} amp"
    shown = page.one(f"m{said['id']}")
    assert f"{word} <b>&amp;</b> link {word}s" in shown.text
    links = [link["href"] for link in page.all("a")]
    assert f"/room?around={said['id']}#m{said['id']}" in links
    assert f"https://example.org/{word}" in links


async def test_page_and_frames_lead_to_older_results(
    crowd: Crowd, ana: httpx.AsyncClient, ben: Client, word: str
) -> None:
    said = await say(crowd, ben, word, *(f"{word} {number}" for number in range(FOUND + 2)))
    address, found = f"/search?q={word}", []
    while address:
        page = Page((await ana.get(address)).text)
        frame = Page((await ana.get(address, headers=TURBO)).text)
        ids = [article["id"] for article in page.all("article")]
        assert [article["id"] for article in frame.all("article")] == ids
        found += ids
        older = [link["href"] for link in page.all("a") if link.attributes.get("id") == "older-found"]
        address = older[0] if older else ""
    assert found == [f"m{message['id']}" for message in reversed(said)]


async def test_page_without_a_question_asks_for_one_and_leads_to_a_day(ana: httpx.AsyncClient, crowd: Crowd) -> None:
    page = Page((await ana.get("/search")).text)
    assert not page.has("found-messages")
    assert (page.one("day")["action"], page.one("since")["name"]) == ("/room", "since")
    page = Page((await ana.get("/search?q=nobody+said+this")).text)
    assert "Nothing was found." in page.one("found-messages").text
    assert (await crowd.browser().get("/search?q=this")).headers["location"] == "/"
