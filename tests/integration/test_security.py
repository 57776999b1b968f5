"""No page of another site, no inline script and no foreign origin gets anywhere."""

import re
from pathlib import Path

import httpx
import pytest

from hubbub.web import render
from tests.support.clients import Crowd
from tests.support.markup import Page
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "hubbub worker",
}
FOREIGN = [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


async def answers(crowd: Crowd) -> list[httpx.Response]:
    """Return an answer of every kind there is."""
    http, browser = crowd.http, await crowd.enter("Ana")
    file = f"/static/{render.VERSION}/room.js"
    return [
        *[await http.get(path) for path in ("/", "/room", "/people", "/nothing", file, "/static/x/nothing", "/share")],
        *[await http.get(path) for path in ("/healthz", "/readyz", "/metrics", "/stream", "/worker.js", "/offline")],
        *[
            await http.get(path)
            for path in ("/api/users", "/api/messages?limit=0", "/api/join", "/api/nothing", "/api/openapi.json")
        ],
        *[await browser.get(path) for path in ("/", "/room", "/people", "/nothing", "/join", "/room?before=1")],
        await browser.get("/room?before=1", headers={"Accept": "text/vnd.turbo-stream.html"}),
        await browser.post("/join", data={"name": ""}),
        await browser.post("/messages", data={"body": ""}),
        await browser.post("/messages", data={"body": "x" * 70_000}),
        await browser.post("/messages", data={"body": "foreign"}, headers=FOREIGN[0]),
        await browser.post("/api/join", json={"name": "Ana"}),
        await browser.post("/leave"),
        await crowd.handshake("view=attic"),
    ]


async def test_every_answer_carries_the_headers(crowd: Crowd) -> None:
    for answer in await answers(crowd):
        assert HEADERS.items() <= dict(answer.headers).items(), answer
        directives = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
        assert {name: value for name, _, value in directives} == POLICY
        assert "server" not in answer.headers


async def test_no_page_holds_anything_inline_or_foreign(crowd: Crowd) -> None:
    for answer in await answers(crowd):
        if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
            continue
        for element in Page(answer.text).elements:
            assert element.tag != "style"
            assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
            assert element.tag != "script" or (element["src"].startswith("/static/") and not element.text)
            links = [element.attributes[name] for name in ("href", "src", "action") if name in element.attributes]
            assert all(re.match(r"[/#](?!/)", link) for link in links), links


def test_the_modules_make_markup_of_text_in_one_place_only() -> None:
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setHTML")
    found = [file.name for file in Path(render.STATIC).glob("*.js") for _ in sinks.findall(file.read_text())]
    assert found == ["frames.js"]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_page_of_another_site_changes_nothing(crowd: Crowd, headers: dict[str, str]) -> None:
    browser, victim = await crowd.enter("Victim"), crowd.browser()
    stream = await crowd.stream(headers={"Authorization": f"Bearer {browser.cookies['hubbub']}"})
    await stream.frame()
    before = await crowd.get("/api/users", limit=200)
    attempts = [
        await victim.post("/join", data={"name": "Lured"}, headers=headers),
        await victim.post("/api/join", json={"name": "Lured"}, headers=headers),
        await browser.post("/messages", data={"body": "forged"}, headers=headers),
        await browser.post("/api/messages", json={"key": "0" * 32, "body": "forged"}, headers=headers),
        await browser.post("/leave", headers=headers),
    ]
    assert [attempt.status_code for attempt in attempts] == [403] * 5
    assert not any("set-cookie" in attempt.headers for attempt in attempts)
    assert (await crowd.get("/api/users", limit=200))["total"] == before["total"]
    await stream.say("still here")
    await stream.sees("still here")
    assert "forged" not in [message["body"] for message in await crowd.history()]


async def test_a_foreign_post_is_told_why_in_problem_details(crowd: Crowd) -> None:
    refused = await crowd.http.post("/api/join", json={"name": "Lured"}, headers=FOREIGN[0])
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "foreign_origin"


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_the_pages_of_the_room_itself_may_post(crowd: Crowd, site: str) -> None:
    for headers in ({"Origin": crowd.url}, {"Sec-Fetch-Site": site}, {"Origin": crowd.url, "Sec-Fetch-Site": site}):
        assert (await crowd.browser().post("/join", data={"name": "Native"}, headers=headers)).status_code == 303


async def test_links_from_other_sites_may_be_followed(crowd: Crowd) -> None:
    for headers in FOREIGN:
        assert (await crowd.browser().get("/", headers=headers)).status_code == 200


async def test_no_answer_lets_other_sites_read_it(crowd: Crowd) -> None:
    for path in ("/api/users", "/api/messages", "/"):
        answer = await crowd.http.get(path, headers={"Origin": "https://elsewhere.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
