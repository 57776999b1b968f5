"""Without JavaScript the pages are the whole room: who is here, joining, talking, reading back to the first message."""

from collections.abc import Iterator
from html import unescape
from uuid import UUID, uuid4

import httpx
import pytest

from hubbub.web.front_page import MESSAGES, PEOPLE
from tests.support.clients import Crowd
from tests.support.databases import Databases
from tests.support.markup import Page
from tests.support.rooms import shared_server
from tests.support.servers import Server

TURBO = {"Accept": "text/vnd.turbo-stream.html, text/html"}
NASTY = """<script>alert(1)</script> &amp; "quotes" 'too' </textarea><b onclick="x">"""

server = pytest.fixture(scope="module")(shared_server)


@pytest.fixture
def empty_server(databases: Databases) -> Iterator[Server]:
    yield from shared_server(databases)


def listed(page: Page) -> list[str]:
    """Return the names on a page, in order."""
    return [item.inner("b") for item in page.all("li")]


def said(page: Page) -> list[str]:
    """Return what was said on a page, in order; the blank for new messages is none of it."""
    return [article.inner("div") for article in page.all("article") if article["id"] != "m"]


async def open_page(browser: httpx.AsyncClient, address: str) -> Page:
    response = await browser.get(address)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Page(response.text)


async def test_an_empty_room_invites(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        page = await open_page(crowd.browser(), "/")
        assert page.one("counts").text == "0 online, 0 people in all"
        assert "Be the first" in page.one("lobby").text
        await crowd.join("Ana")
        page = await open_page(crowd.browser(), "/")
        assert page.one("counts").text == "0 online, 1 person in all"
        assert "Be the first" not in page.one("lobby").text


async def test_users_are_listed_online_first_and_then_by_name(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        people = {name: await crowd.join(name) for name in ("dora", "Anna", "Ömer", "bert", "Carl")}
        stream = await people["dora"].stream()
        await (await people["Carl"].stream()).until(lambda one: one.online == 2)
        page = await open_page(crowd.browser(), "/")
        assert listed(page) == ["Carl", "dora", "Anna", "bert", "Ömer"]
        assert [item["data-online"] for item in page.all("li")] == ["true", "true", "false", "false", "false"]
        assert page.one("counts").text == "2 online, 5 people in all"
        assert int(page.one("lobby")["data-rev"]) >= stream.rev


async def test_joining_leads_to_the_room(crowd: Crowd) -> None:
    browser = crowd.browser()
    joined = await browser.post("/join", data={"name": " Zoë "})
    assert (joined.status_code, joined.headers["location"]) == (303, "/room")
    page = await open_page(browser, "/room")
    assert page.all("form")[0].inner("b") == "Zoë"
    assert page.one("composer")["action"] == "/messages"
    start = await open_page(browser, "/")
    assert "Back to the room as Zoë" in start.one("lobby").text


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 41, "a\x00b", "a\u202eb", "\u2800", "o" + "\u0301" * 9, f'">{NASTY}']
)
async def test_a_bad_name_comes_back_with_the_reason_beside_it(crowd: Crowd, name: str) -> None:
    browser = crowd.browser()
    response = await browser.post("/join", data={"name": name})
    assert (response.status_code, response.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "hubbub" not in browser.cookies
    page = Page(response.text)
    field = page.one("name")
    assert field["value"] == name
    assert field["aria-invalid"] == "true"
    assert "problem" in field["aria-describedby"].split()
    assert page.one("problem").text
    assert page.one("problem")["role"] == "alert"


async def test_a_good_form_shows_no_problem(crowd: Crowd) -> None:
    page = await open_page(crowd.browser(), "/")
    assert "aria-invalid" not in page.one("name").attributes
    assert not page.has("problem")


@pytest.mark.parametrize("query", ["", "?before=5"])
async def test_the_room_sends_who_has_not_joined_to_the_start(crowd: Crowd, query: str) -> None:
    response = await crowd.browser().get(f"/room{query}")
    assert (response.status_code, response.headers["location"]) == (303, "/")


async def test_saying_something_without_a_session_leads_to_the_start(crowd: Crowd) -> None:
    response = await crowd.browser().post("/messages", data={"body": "by nobody"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "by nobody" not in [message["body"] for message in await crowd.history()]


async def test_a_message_by_the_form_is_on_the_page_and_live(crowd: Crowd) -> None:
    browser = await crowd.enter("Ana")
    stream = await (await crowd.join("Ben")).stream()
    posted = await browser.post("/messages", data={"body": "by the form\r\nin two lines"})
    assert (posted.status_code, posted.headers["location"]) == (303, "/room")
    assert (await stream.sees("by the form\nin two lines"))["user"]["name"] == "Ana"
    assert said(await open_page(browser, "/room"))[-1] == "by the form\nin two lines"


async def test_a_form_that_is_sent_twice_posts_once(crowd: Crowd) -> None:
    browser = await crowd.enter("Clicker")
    page = await open_page(browser, "/room")
    (key,) = (field["value"] for field in page.all("input") if field["name"] == "key")
    assert key == str(UUID(key))
    for _ in range(2):
        assert (await browser.post("/messages", data={"body": "clicked twice", "key": key})).status_code == 303
    assert [message["body"] for message in await crowd.history()].count("clicked twice") == 1
    fresh = await open_page(browser, "/room")
    assert key not in [field["value"] for field in fresh.all("input")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [("x" * 4_001, "4,001"), ("", "Write something"), (f"{NASTY}\x01", "U+0001"), ("\n\nfirst" + "é" * 4_000, "4,005")],
    ids=["too long", "empty", "control character", "line ends"],
)
async def test_a_bad_message_comes_back_with_the_reason_and_what_was_typed(
    crowd: Crowd, body: str, reason: str
) -> None:
    browser, key = await crowd.enter("Typist"), str(uuid4())
    response = await browser.post("/messages", data={"body": body, "key": key})
    assert response.status_code == 422
    page = Page(response.text)
    assert reason in page.one("problem").text
    assert "hidden" not in page.one("problem").attributes
    assert "problem" in page.one("body")["aria-describedby"].split()
    typed = unescape(response.text.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0])
    assert typed == body
    assert key in [field["value"] for field in page.all("input")]


async def test_a_bad_key_in_a_form_is_refused(crowd: Crowd) -> None:
    response = await (await crowd.enter("Tinkerer")).post("/messages", data={"body": "hello", "key": "nonsense"})
    assert response.status_code == 422
    assert "nonsense" not in [message["body"] for message in await crowd.history()]


async def test_markup_that_is_sent_is_text(crowd: Crowd) -> None:
    browser = await crowd.enter("<b>Bold</b>")
    await browser.post("/messages", data={"body": NASTY})
    page = await open_page(browser, "/room")
    assert said(page)[-1] == NASTY
    assert all("src" in script.attributes for script in page.all("script"))
    assert "<b>Bold</b>" in [element.text for element in page.all("b")]


async def test_pages_lead_back_to_the_first_message(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        browser = await crowd.enter("Reader")
        author = await crowd.join("Author")
        for number in range(2 * MESSAGES + 7):
            await author.post(f"number {number}")
        pages = [await open_page(browser, "/room")]
        while pages[-1].one("older").tag == "a":
            pages.append(await open_page(browser, pages[-1].one("older")["href"]))
        assert [len(said(page)) for page in pages] == [MESSAGES, MESSAGES, 7]
        read = [body for page in reversed(pages) for body in said(page)]
        assert read == [f"number {number}" for number in range(2 * MESSAGES + 7)]
        assert "beginning of the room" in pages[-1].one("older").text
        assert "Back to the newest" in pages[-1].one("room").text


async def test_a_full_first_page_leads_to_no_empty_second(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        browser = await crowd.enter("Exact")
        for number in range(MESSAGES):
            await browser.post("/messages", data={"body": f"number {number}"})
        page = await open_page(browser, "/room")
        assert (len(said(page)), page.one("older").tag) == (MESSAGES, "p")


async def test_people_are_paged_to_the_last(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        everybody = [f"person {number:03}" for number in range(2 * PEOPLE + 3)]
        for name in everybody:
            await crowd.join(name)
        browser = crowd.browser()
        pages = [await open_page(browser, "/")]
        while pages[-1].has("more-people"):
            pages.append(await open_page(browser, pages[-1].one("more-people")["href"]))
        assert [len(listed(page)) for page in pages] == [PEOPLE, PEOPLE, 3]
        assert [name for page in pages for name in listed(page)] == everybody


async def test_older_messages_and_more_people_come_as_frames_to_who_asks_for_them(empty_server: Server) -> None:
    async with Crowd(empty_server.url) as crowd:
        browser = await crowd.enter("Framer")
        for number in range(PEOPLE + 1):
            await crowd.join(f"person {number:03}")
        ids = [(await (await crowd.join("Author")).post(f"number {number}")).json()["id"] for number in range(3)]
        older = await browser.get("/room", params={"before": ids[2]}, headers=TURBO)
        assert older.headers["content-type"].startswith("text/vnd.turbo-stream.html")
        frame = Page(older.text)
        assert said(frame) == ["number 0", "number 1"]
        assert [(one["action"], one["target"]) for one in frame.all("turbo-stream")] == [
            ("prepend", "log"),
            ("replace", "older"),
        ]
        start = await open_page(browser, "/")
        more = await browser.get(start.one("more-people")["href"], headers=TURBO)
        assert more.headers["content-type"].startswith("text/vnd.turbo-stream.html")
        assert listed(Page(more.text)) == [f"person {number:03}" for number in range(PEOPLE - 2, PEOPLE + 1)]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/join", 405),
        ("GET", "/people?after=nonsense", 400),
        ("GET", "/people?after=online:%00", 400),
        ("GET", "/people?after=", 400),
        ("GET", "/room?before=first", 400),
        ("GET", f"/room?before={1 << 63}", 400),
    ],
)
async def test_an_error_is_a_page_for_people_and_a_problem_for_programs(
    crowd: Crowd, method: str, address: str, status: int
) -> None:
    page = await crowd.browser().request(method, address)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "Back to the start" in Page(page.text).one("main").text
    problem = await crowd.http.request(method, address)
    assert (problem.status_code, problem.headers["content-type"]) == (status, "application/problem+json")


async def test_a_form_over_the_bound_is_answered_with_a_page(crowd: Crowd) -> None:
    response = await (await crowd.enter("Novelist")).post("/messages", data={"body": "x" * 70_000})
    assert (response.status_code, response.headers["content-type"]) == (413, "text/html; charset=utf-8")


async def test_the_longest_message_of_the_widest_characters_fits_into_a_form(crowd: Crowd) -> None:
    browser = await crowd.enter("Widest")
    assert (await browser.post("/messages", data={"body": "😀" * 4_000})).status_code == 303


async def test_files_of_the_page_are_kept_for_ever_and_what_is_missing_is_not(crowd: Crowd) -> None:
    page = await open_page(crowd.browser(), "/")
    files = [e.attributes.get("src") or e["href"] for e in page.elements if e.tag in {"link", "script"}]
    assert len(files) == 7
    for address in files:
        answer = await crowd.http.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    version = files[0].split("/")[2]
    for address in (f"/static/{version}/nothing.js", files[0].replace(version, "0" * len(version))):
        assert (await crowd.http.get(address)).headers["cache-control"] == "no-store"


async def test_pages_are_asked_for_anew_but_may_be_put_aside_and_tokens_are_kept_nowhere(crowd: Crowd) -> None:
    ana = await crowd.enter("Aside")
    for address in ("/", "/room"):
        assert (await ana.get(address)).headers["cache-control"] == "private, no-cache"
    for address in ("/api/users", "/api/messages", "/healthz"):
        assert (await ana.get(address)).headers["cache-control"] == "no-store"


async def test_no_file_outside_of_those_of_the_page_is_served(crowd: Crowd) -> None:
    for path in ("%2e%2e/app.py", "..%2fapp.py", "%2fetc%2fpasswd", "%00", "x" * 300):
        assert (await crowd.http.get(f"/static/x/{path}")).status_code == 404
