"""A session is who you are: signed, out of reach, not to be typed anywhere, and ended by leaving it and no other."""

import asyncio

import asyncpg
import httpx
import pytest
from itsdangerous import URLSafeSerializer

from tests.support.clients import Crowd
from tests.support.rooms import shared_server
from tests.support.servers import serving

server = pytest.fixture(scope="module")(shared_server)


def cookie_flags(response: httpx.Response) -> set[str]:
    return {part.strip().lower() for part in response.headers["set-cookie"].split(";")[1:]}


def as_bearer(browser: httpx.AsyncClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {browser.cookies['hubbub']}"}


async def author_of(crowd: Crowd, body: str) -> str:
    (author,) = {m["user"]["name"] for m in await crowd.history() if m["body"] == body}
    return str(author)


@pytest.mark.parametrize("address", ["/join", "/api/join"])
async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(crowd: Crowd, address: str) -> None:
    name = {"data" if address == "/join" else "json": {"name": "Cookie"}}
    plain = await crowd.http.post(address, **name)  # type: ignore[arg-type]
    secure = await crowd.http.post(address, headers={"X-Forwarded-Proto": "https"}, **name)  # type: ignore[arg-type]
    assert cookie_flags(plain) == {"httponly", "samesite=lax", "path=/", "max-age=31536000"}
    assert cookie_flags(secure) == cookie_flags(plain) | {"secure"}


async def test_the_token_serves_as_bearer_and_as_cookie_on_api_and_stream(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    for number, headers in enumerate(({"Authorization": f"bearer {ana.token}"}, {"Cookie": f"hubbub={ana.token}"})):
        stream = await crowd.stream(headers=headers)
        await stream.say(f"stream {number}")
        assert (await stream.sees(f"stream {number}"))["user"]["name"] == "Ana"
        message = {"key": f"{number:032}", "body": f"api {number}"}
        posted = await crowd.http.post("/api/messages", json=message, headers=headers)
        assert posted.json()["user"]["name"] == "Ana"


def forged(token: str) -> list[str]:
    body, _, signature = token.rpartition(".")
    other = str(URLSafeSerializer("another secret", salt="session").dumps(["0" * 32, 1, "Ana"]))
    return [
        ".",
        "ü",
        "nonsense",
        body,
        f"{body}.",
        f"{body}.{signature[:-2]}",
        f"{body[:-2]}.{signature}",
        f"{other.rpartition('.')[0]}.{signature}",
        other,
    ]


async def test_a_token_that_this_room_did_not_sign_is_nobody(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    for token in forged(ana.token):
        for name, value in (("authorization", f"Bearer {token}"), ("cookie", f"hubbub={token}")):
            headers = [(name.encode(), value.encode("latin-1"))]
            answer = await crowd.http.post("/api/messages", json={"key": "0" * 32, "body": "forged"}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_joined"), token
            assert (await crowd.http.get("/room", headers=headers)).headers["location"] == "/"
    assert "forged" not in [message["body"] for message in await crowd.history()]


async def test_a_session_of_another_room_is_nobody(crowd: Crowd, database_url: str) -> None:
    ana = await crowd.join("Ana")
    database = await asyncpg.connect(database_url)
    await database.execute("update room set secret = gen_random_uuid()")  # tests copy one room, secret and all
    await database.close()
    with serving(database_url) as elsewhere:
        async with Crowd(elsewhere.url) as others:
            await others.join("Ana")
            answer = await others.handshake("", None, **ana.headers)
            assert answer.status_code == 401


async def test_nothing_in_an_address_or_a_form_makes_you_somebody_else(crowd: Crowd) -> None:
    victim = await crowd.join("Victim")
    browser = await crowd.enter("Mallory")
    claims = {"user_id": str(victim.user["id"]), "user": "Victim", "name": "Victim", "token": victim.token}
    page = await browser.get("/room", params=claims)
    assert '<b class="me" dir="auto">Mallory</b>' in page.text
    posted = await browser.post("/messages", params=claims, data={**claims, "body": "by the form"})
    assert posted.status_code == 303
    message = {**claims, "key": "1" * 32, "body": "by the api"}
    assert (await browser.post("/api/messages", params=claims, json=message)).status_code == 201
    query = "&".join(f"{name}={value}" for name, value in claims.items())
    stream = await crowd.stream(view=f"room&{query}", headers=as_bearer(browser))
    await stream.say("by the stream")
    await stream.sees("by the stream")
    for body in ("by the form", "by the api", "by the stream"):
        assert await author_of(crowd, body) == "Mallory"


async def test_a_session_survives_a_restart_of_the_server(database_url: str) -> None:
    with serving(database_url) as before:
        async with Crowd(before.url) as crowd:
            token = (await crowd.join("Ana")).token
    with serving(database_url) as after:
        async with Crowd(after.url) as crowd:
            stream = await crowd.stream(headers={"Authorization": f"Bearer {token}"})
            await stream.say("still me")
            assert (await stream.sees("still me"))["user"]["name"] == "Ana"


async def test_leaving_closes_all_tabs_of_the_session_and_no_others(crowd: Crowd) -> None:
    first, second = await crowd.enter("Leaver"), await crowd.enter("Leaver")
    tabs = [await crowd.stream(headers=as_bearer(first)) for _ in range(3)]
    others = [await crowd.stream(headers=as_bearer(second)), await (await crowd.join("Neighbour")).stream()]
    for stream in (*tabs, *others):
        await stream.frame()
    left = await first.post("/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/")
    assert [await tab.ends() for tab in tabs] == [(4401, "You have left.")] * 3
    for stream in others:
        await stream.say("still here")
        await stream.sees("still here")


async def test_a_page_is_given_no_stream_of_somebody_else(crowd: Crowd) -> None:
    ana, ben = await crowd.enter("Former"), await crowd.enter("Latter")
    (former,) = [user["id"] for user in (await crowd.get("/api/users", q="Former"))["users"]]
    stream = await crowd.stream(view=f"room&page_of={former}", headers=as_bearer(ben))
    assert await stream.ends() == (4401, "This browser is somebody else now.")
    own = await crowd.stream(view=f"room&page_of={former}", headers=as_bearer(ana))
    await own.say("my own page")
    await own.sees("my own page")


async def test_leaving_forgets_the_cookie(crowd: Crowd) -> None:
    browser = await crowd.enter("Forgotten")
    left = await browser.post("/leave")
    assert {"httponly", "samesite=lax", "path=/", "max-age=0"} <= cookie_flags(left)
    assert "hubbub" not in browser.cookies
    assert (await browser.get("/room")).headers["location"] == "/"


async def test_leaving_without_a_session_leads_to_the_start(crowd: Crowd) -> None:
    left = await crowd.browser().post("/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/")


async def test_who_leaves_is_offline_at_once(crowd: Crowd) -> None:
    browser = await crowd.enter("Quitter")
    tabs = [await crowd.stream(headers=as_bearer(browser)) for _ in range(2)]
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.until(lambda one: one.shows("Quitter", online=True))
    begun = asyncio.get_running_loop().time()
    await browser.post("/leave")
    await lobby.until(lambda one: one.shows("Quitter", online=False))
    assert asyncio.get_running_loop().time() - begun < 2  # the grace of a reload, which does not apply
    assert tabs


async def test_who_leaves_in_one_browser_stays_online_by_another(crowd: Crowd) -> None:
    first, second = await crowd.enter("Twice"), await crowd.enter("Twice")
    tab, other = [await crowd.stream(headers=as_bearer(browser)) for browser in (first, second)]
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.until(lambda one: one.shows("Twice", online=True))
    await first.post("/leave")
    assert (await tab.ends())[0] == 4401
    # Somebody who leaves after that is seen to leave: by then "Twice" would have been, too.
    later = await crowd.enter("Later")
    gone = await crowd.stream(headers=as_bearer(later))
    await lobby.until(lambda one: one.shows("Later", online=True))
    await later.post("/leave")
    await gone.ends()
    await lobby.until(lambda one: one.shows("Later", online=False))
    assert lobby.shows("Twice", online=True)
    await other.say("present")
    await other.sees("present")
