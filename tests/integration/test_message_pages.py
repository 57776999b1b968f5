"""Without JavaScript: replying, changing, taking back, reacting, and reading anywhere in a long history."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hubbub.web.front_page import MESSAGES
from tests.support.clients import Client, Crowd, Json
from tests.support.markup import Page
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

MANY = 3 * MESSAGES


@pytest.fixture
async def ana(crowd: Crowd) -> httpx.AsyncClient:
    return await crowd.enter("Ana")


@pytest.fixture
async def ben(crowd: Crowd) -> Client:
    return await crowd.join("Ben")


async def post(client: Client, body: str) -> Json:
    """Return a message that was just said."""
    message: Json = (await client.post(body)).json()
    return message


async def opened(browser: httpx.AsyncClient, address: str, status: int = 200) -> Page:
    """Open a page as a link does."""
    response = await browser.get(address)
    assert response.status_code == status, response.text
    return Page(response.text)


async def sent(browser: httpx.AsyncClient, address: str, **typed: str) -> str:
    """Send a form, and return where it leads."""
    response = await browser.post(address, data=typed)
    assert response.status_code == 303, response.text
    return response.headers["location"]


def shown(page: Page, number: int) -> str:
    """Return all that a page shows of a message."""
    return page.one(f"m{number}").text


async def test_every_message_leads_to_a_page_of_its_own(ana: httpx.AsyncClient, ben: Client) -> None:
    said = await post(ben, "look at me")
    room = await opened(ana, "/room")
    links = [link["href"] for link in room.all("a") if link.attributes.get("class") == "more"]
    assert f"/messages/{said['id']}" in links
    page = await opened(ana, f"/messages/{said['id']}")
    assert "look at me" in shown(page, said["id"])
    assert [one["action"] for one in page.all("form")] == [
        "/messages", f"/messages/{said['id']}/react", f"/messages/{said['id']}/react",
    ]  # fmt: skip


async def test_reply_is_sent_from_there_and_quotes_its_original(
    crowd: Crowd, ana: httpx.AsyncClient, ben: Client
) -> None:
    said = await post(ben, "who comes?")
    page = await opened(ana, f"/messages/{said['id']}")
    assert "/messages" in [one["action"] for one in page.all("form")]
    fields = {field["name"]: field["value"] for field in page.all("input") if "value" in field.attributes}
    assert fields["reply_to"] == str(said["id"])
    for _ in range(2):  # a form that is sent twice says it once
        assert await sent(ana, "/messages", body="I do", **fields) == "/room"
    (reply,) = [one for one in await crowd.history() if one["body"] == "I do"]
    assert reply["reply_to"] == {"id": said["id"], "name": "Ben", "body": "who comes?"}
    room = await opened(ana, "/room")
    # The second is in the template for what is not sent yet.
    quote, _ = [link for link in room.all("a") if link.attributes.get("class") == "quote"]
    assert quote["href"] == f"/room?around={said['id']}#m{said['id']}"
    assert "who comes?" in quote.text


async def test_own_message_is_changed_and_the_page_says_so(crowd: Crowd, ana: httpx.AsyncClient) -> None:
    await sent(ana, "/messages", body="frist\n</textarea><b>")
    said = (await crowd.history())[-1]
    address = f"/messages/{said['id']}"
    page = await opened(ana, address)
    assert next(field.text for field in page.all("textarea") if field["id"] == "edit") == "\n" + said["body"]
    assert await sent(ana, f"{address}/edit", body="first") == f"/room?around={said['id']}#m{said['id']}"
    assert "first" in shown(await opened(ana, address), said["id"])
    assert "edited" in shown(await opened(ana, "/room"), said["id"])


async def test_own_message_is_taken_back_and_a_trace_stays(crowd: Crowd, ana: httpx.AsyncClient) -> None:
    await sent(ana, "/messages", body="a slip of the tongue")
    said = (await crowd.history())[-1]
    page = await opened(ana, f"/messages/{said['id']}")
    assert f"/messages/{said['id']}/delete" in [one["action"] for one in page.all("form")]
    for _ in range(2):
        await sent(ana, f"/messages/{said['id']}/delete")
    for address in ("/room", f"/messages/{said['id']}", f"/room?around={said['id']}"):
        response = await ana.get(address)
        assert "slip of the tongue" not in response.text
        assert "This message was deleted." in shown(Page(response.text), said["id"])
    assert not (await opened(ana, f"/messages/{said['id']}")).all("textarea")


async def test_reactions_are_put_and_taken_away_by_buttons(ana: httpx.AsyncClient, ben: Client) -> None:
    said = await post(ben, "hooray")
    address = f"/messages/{said['id']}/react"
    offered = [
        one["value"]
        for one in (await opened(ana, f"/messages/{said['id']}")).all("button")
        if "value" in one.attributes
    ]
    assert "🎉" in offered
    assert await sent(ana, address, emoji="🎉") == f"/room?around={said['id']}#m{said['id']}"
    await sent(ana, address, emoji=" 🦊 ")
    assert [one.text for one in (await opened(ana, f"/messages/{said['id']}")).all("li")] == ["🎉 Ana", "🦊 Ana"]
    room = await opened(ana, "/room")
    assert [
        (one["value"], one.text, one["title"]) for one in room.all("button") if one.attributes.get("name") == "emoji"
    ] == [
        ("🎉", "🎉 1", "Ana"),
        ("🦊", "🦊 1", "Ana"),
    ]
    for emoji in ("🎉", "🦊"):
        await sent(ana, address, emoji=emoji)
    assert not [one for one in (await opened(ana, "/room")).all("button") if one.attributes.get("name") == "emoji"]


@pytest.mark.parametrize("emoji", ["", "x", "👍👍", ":smile:", "<b>"])
async def test_what_is_no_emoji_comes_back_with_the_reason(ana: httpx.AsyncClient, ben: Client, emoji: str) -> None:
    said = await post(ben, "hooray")
    response = await ana.post(f"/messages/{said['id']}/react", data={"emoji": emoji})
    assert response.status_code == 422
    (problem,) = [one for one in Page(response.text).all("p") if one.attributes.get("role") == "alert"]
    assert problem.text == "React with one emoji."
    assert [one["id"] for one in Page(response.text).elements if "aria-invalid" in one.attributes] == ["emoji"]


async def test_bad_edit_comes_back_with_the_reason_and_what_was_typed(crowd: Crowd, ana: httpx.AsyncClient) -> None:
    await sent(ana, "/messages", body="good")
    said = (await crowd.history())[-1]
    response = await ana.post(f"/messages/{said['id']}/edit", data={"body": "é" * 4_001})
    page = Page(response.text)
    assert response.status_code == 422
    assert "4,001" in next(one.text for one in page.all("p") if one.attributes.get("role") == "alert")
    assert "é" * 4_001 in page.one("edit").text
    assert page.one("edit")["aria-describedby"] == page.one("problem")["id"]
    assert [one["id"] for one in page.elements if "aria-invalid" in one.attributes] == ["edit"]
    assert (await crowd.history())[-1] == said


@pytest.mark.parametrize("form", ["edit", "delete"])
async def test_what_others_said_is_not_changed(crowd: Crowd, ana: httpx.AsyncClient, ben: Client, form: str) -> None:
    said = await post(ben, "mine")
    page = await opened(ana, f"/messages/{said['id']}")
    assert f"/messages/{said['id']}/{form}" not in [one["action"] for one in page.all("form")]
    response = await ana.post(f"/messages/{said['id']}/{form}", data={"body": "yours"})
    assert response.status_code == 403
    assert "Only who said it can change it." in Page(response.text).one("main").text
    assert (await crowd.history())[-1] == said


@pytest.mark.parametrize("number", [0, 999_999, (1 << 63) - 1, 1 << 63, 10**30])
async def test_message_that_is_not_there_is_not_found(ana: httpx.AsyncClient, number: int) -> None:
    for method, form in (("GET", ""), ("POST", "/edit"), ("POST", "/delete"), ("POST", "/react")):
        typed = {"body": "x", "emoji": "👍"} if method == "POST" else None
        response = await ana.request(method, f"/messages/{number}{form}", data=typed)
        assert response.status_code == 404, (form, response.text)
        assert "no such message" in Page(response.text).one("main").text


@pytest.mark.parametrize("form", ["", "/edit", "/delete", "/react"])
async def test_who_has_not_joined_is_led_to_the_start(crowd: Crowd, ben: Client, form: str) -> None:
    said = await post(ben, "hello")
    method = "POST" if form else "GET"
    response = await crowd.browser().request(method, f"/messages/{said['id']}{form}")
    assert (response.status_code, response.headers["location"]) == (303, "/" if form else f"/?around={said['id']}")
    if form:  # a script cannot see where it is led to
        told = await crowd.browser().post(
            f"/messages/{said['id']}{form}", headers={"Accept": "application/problem+json"}
        )
        assert (told.status_code, told.json()["code"]) == (401, "not_joined")
    assert (await crowd.history())[-1] == said


async def test_reply_that_is_refused_is_still_a_reply(ana: httpx.AsyncClient, ben: Client) -> None:
    said = await post(ben, "who comes?")
    response = await ana.post("/messages", data={"body": " ", "reply_to": str(said["id"])})
    assert response.status_code == 422
    fields = {one.attributes.get("name"): one.attributes.get("value") for one in Page(response.text).all("input")}
    assert fields["reply_to"] == str(said["id"])


@pytest.mark.parametrize("original", ["first", "0", "-1", "1.5", str(1 << 63), "9" * 5_000])
async def test_reply_to_what_is_no_id_comes_back_with_what_was_typed(ana: httpx.AsyncClient, original: str) -> None:
    response = await ana.post("/messages", data={"body": "a good text", "reply_to": original})
    assert response.status_code == 400
    page = Page(response.text)
    assert "the id of a message" in page.one("problem").text
    assert page.one("body").text.strip() == "a good text"


@pytest.fixture(scope="module")
def long_ago() -> list[Json]:
    """Many messages, oldest first, once somebody has said them."""
    return []


@pytest.fixture
async def history(crowd: Crowd, long_ago: list[Json]) -> list[Json]:
    if not long_ago:
        author = await crowd.join("Author")
        for number in range(MANY):
            await author.post(f"number {number}")
        long_ago += await crowd.history()
    return await crowd.history()


def ids(page: Page) -> list[int]:
    """Return the ids of the messages on a page."""
    return [int(one["id"][1:]) for one in page.all("article") if one["id"] != "m"]


async def test_windows_lead_to_the_first_message_and_back_to_the_last(
    ana: httpx.AsyncClient, history: list[Json]
) -> None:
    numbers = [one["id"] for one in history]
    page, seen = await opened(ana, f"/room?before={numbers[-1]}"), list[list[int]]()
    while page.one("older").tag == "a":
        page = await opened(ana, page.one("older")["href"])
    seen.append(ids(page))
    while page.one("newer").tag == "a":
        page = await opened(ana, page.one("newer")["href"])
        seen.append(ids(page))
    assert [number for window in seen for number in window] == numbers
    assert "These are the newest messages." in page.one("newer").text


@pytest.mark.parametrize("place", [0, 1, MANY // 2, -1])
async def test_permalink_shows_a_message_amid_what_was_said_around_it(
    ana: httpx.AsyncClient, history: list[Json], place: int
) -> None:
    numbers = [one["id"] for one in history]
    at = numbers.index(numbers[place])
    page = await opened(ana, f"/room?around={numbers[place]}")
    assert ids(page) == numbers[max(0, at - MESSAGES // 2) : at + MESSAGES // 2]
    assert (page.one("older").tag == "a") == (at > MESSAGES // 2)
    assert (page.one("newer").tag == "a") == (at + MESSAGES // 2 < len(numbers))


async def leads_to(browser: httpx.AsyncClient, since: object) -> str:
    """Return where a day or a time leads."""
    response = await browser.get(f"/room?since={since}")
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def test_time_leads_to_the_first_message_that_was_said_then(ana: httpx.AsyncClient, history: list[Json]) -> None:
    first, middle = (f"/room?around={one['id']}#m{one['id']}" for one in (history[0], history[MANY // 2]))
    now = datetime.now(UTC)
    assert await leads_to(ana, history[MANY // 2]["created_at"]) == middle
    assert await leads_to(ana, f"{now.date()}T00:00") == first
    assert await leads_to(ana, now.date() - timedelta(days=400)) == first
    assert await leads_to(ana, now.date() + timedelta(days=2)) == "/room"


@pytest.mark.parametrize(
    "query",
    [
        *(f"{name}={bad}" for name in ("before", "after", "around") for bad in ("", "0", "-1", "x", "1.5", 1 << 63)),
        *(f"since={bad}" for bad in ("", "yesterday", "2026-13-01", "2026-02-30", "1e9", "%00", "9" * 400)),
        *(f"since={bad}" for bad in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00")),
    ],
    ids=lambda query: query[:20],
)
async def test_bad_place_is_refused_with_a_sentence(ana: httpx.AsyncClient, query: str) -> None:
    page = await opened(ana, f"/room?{query}", 400)
    assert "must be" in page.one("main").text
    headers = {"Accept": "application/json"}
    problem = (await ana.get(f"/room?{query}", headers=headers)).json()
    assert (problem["status"], problem["code"]) == (400, "malformed")


async def test_time_at_the_edge_of_time_is_answered(ana: httpx.AsyncClient, history: list[Json]) -> None:
    assert await leads_to(ana, "0001-01-01") == f"/room?around={history[0]['id']}#m{history[0]['id']}"
    assert await leads_to(ana, "9999-12-31") == "/room"


async def test_place_beyond_the_ends_shows_nothing_or_the_end(ana: httpx.AsyncClient, history: list[Json]) -> None:
    last = history[-1]["id"]
    assert ids(await opened(ana, f"/room?after={last}")) == []
    assert ids(await opened(ana, "/room?before=1")) == []
    assert ids(await opened(ana, f"/room?around={(1 << 63) - 1}"))[-1] == last
