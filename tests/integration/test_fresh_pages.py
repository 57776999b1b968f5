"""Pages that are made from what the process holds are as fresh as if they were read: nothing committed is missing."""

from collections.abc import AsyncIterator

import httpx
import pytest

from hubbub.assembly import put_together
from hubbub.bus.postgres import PostgresBus
from hubbub.settings import load
from hubbub.store.database import Database
from tests.support.clients import Crowd
from tests.support.indoors import people_in
from tests.support.links import DatabaseLink
from tests.support.markup import Page
from tests.support.parts import eventually
from tests.support.servers import serving
from tests.support.sessions import session


@pytest.fixture
async def deaf(database: Database, database_url: str) -> AsyncIterator[Crowd]:
    """Whoever uses another server of the same room, one that hears no bell and looks once a second."""
    parts = await put_together(load({}), database, database, PostgresBus(database_url))
    del parts.children["bus"]
    async with people_in(parts) as crowd:
        yield crowd


def said(response: httpx.Response) -> list[str]:
    """Return what was said on a page; the blank for new messages is none of it."""
    assert response.status_code == 200, response.text
    return [article.inner("div") for article in Page(response.text).all("article") if article["id"] != "m"]


async def test_what_is_posted_to_one_server_is_on_the_next_page_of_another_that_was_not_told(
    crowd: Crowd, deaf: Crowd
) -> None:
    browser, other = await crowd.enter("Ana"), deaf.browser()
    other.cookies = browser.cookies
    assert said(await other.get("/room")) == []  # so that the page is held
    assert (await browser.post("/messages", data={"body": "hi"})).status_code == 303
    assert said(await other.get("/room")) == ["hi"]
    await crowd.join("Ben")
    page = Page((await other.get("/")).text)
    assert [row.inner("b") for row in page.all("li")] == ["Ana", "Ben"]
    assert page.one("counts").text == "0 online, 2 people in all"


async def test_pages_that_are_held_are_refused_all_the_same_while_the_database_is_away(database_url: str) -> None:
    with DatabaseLink(database_url) as link, serving(link.dsn) as server:
        async with Crowd(server.url) as crowd:
            browser = await crowd.enter("Ana")
            await browser.post("/messages", data={"body": "before"})
            assert said(await browser.get("/room")) == ["before"]
            link.cut()
            for address in ("/", "/room"):
                refused = await browser.get(address)
                assert (refused.status_code, refused.headers["content-type"]) == (503, "text/html; charset=utf-8")
                assert "before" not in refused.text
            link.heal()

            async def is_back() -> bool:
                return (await browser.get("/room")).status_code == 200

            await eventually(is_back)
            assert said(await browser.get("/room")) == ["before"]


async def test_pages_go_back_with_a_log_that_goes_back(crowd: Crowd, database_url: str) -> None:
    browser = await crowd.enter("Ana")
    for body in ("kept", "lost"):
        await browser.post("/messages", data={"body": body})
    assert said(await browser.get("/room")) == ["kept", "lost"]
    lobby = await crowd.stream(view="lobby")
    async with session(database_url) as restored, restored.transaction():
        await restored.execute("delete from messages where body = 'lost'")  # a backup: one message ago
        await restored.execute("update room set rev = rev - 1")
    await lobby.until(lambda one: one.resets)
    page = await browser.get("/room")
    assert said(page) == ["kept"]
    assert int(Page(page.text).one("room")["data-rev"]) == (await crowd.get("/api/changes", after=0))["rev"]
    await browser.post("/messages", data={"body": "instead"})
    assert said(await browser.get("/room")) == ["kept", "instead"]
