"""The people list after a storm, when it is shown anew: in order, in the reader's terms, and alive."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.late import late_answer
from tests.support.people import ARRIVAL, Bot, Options, People, Person
from tests.support.servers import Server, serving
from tests.support.sessions import session

WINDOW, STORM = 50, 120
COME = "select enter(name, name) from generate_series(1, $1) n, format('storm %s', lpad((n - 1)::text, 3, '0')) name"
WERE_HERE = "update users set last_seen_at = '2025-12-24T18:00Z' where name like 'storm %'"
MARK = "(row) => { row.dataset.of = 'before'; }"
NAMES = "(list) => [...list.querySelectorAll('b')].map((name) => name.textContent)"


@pytest.fixture
def address(databases: Databases) -> Iterator[str]:
    """The database of this file's room."""
    with databases.fresh() as fresh:
        yield fresh


@pytest.fixture
def server(address: str) -> Iterator[Server]:
    with serving(address) as running:
        yield running


async def storm(address: str) -> None:
    """Let many come at once, in one transaction, so that nobody can be told of them one by one."""
    async with session(address) as connection, connection.transaction():
        await connection.execute(COME, STORM)
        await connection.execute(WERE_HERE)


def comes_a_storm(address: str) -> None:
    """Let it come; from a thread, because the browser has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, storm(address)).result()


def opens_the_list(person: Person) -> None:
    """Have the list in sight: on a phone it is a drawer."""
    opener = person.page.get_by_role("button", name="People")
    if opener.is_visible():
        opener.click()


def test_list_that_is_shown_anew_is_in_order_and_goes_on(people: People, address: str, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))
    ana.sees_online("Ana")
    ana.person("Ana").evaluate(MARK)
    comes_a_storm(address)
    everybody = ["Ana", *(f"storm {number:03}" for number in range(STORM))]
    rows = ana.page.locator("#people li")
    expect(rows).to_have_count(WINDOW, timeout=ARRIVAL)
    assert ana.page.locator("#people").evaluate(NAMES) == everybody[:WINDOW]
    expect(ana.page.locator("#people li[data-of=before]")).to_have_count(0)
    expect(ana.person("Ana")).to_have_class("mine")
    expect(ana.page.locator("#people .mine")).to_have_count(1)
    times = ana.page.locator("#people time").all_text_contents()
    assert len(times) == WINDOW - 1
    assert all("Dec 2025" in time and "UTC" not in time for time in times)
    expect(ana.page.locator("#counts")).to_have_text(f"1 online, {STORM + 1} people in all")

    bot = Bot(people.url, "storm 000a")
    expect(ana.person("storm 000a")).to_have_count(1, timeout=ARRIVAL)
    everybody.insert(2, "storm 000a")
    opens_the_list(ana)
    assert not [url for url in asked if "/people" in url]  # nobody has moved: all browsers would ask at the same moment
    ana.page.get_by_role("link", name="More people").scroll_into_view_if_needed()
    expect(ana.person("storm 095")).to_have_count(1, timeout=ARRIVAL)  # loaded because it came near
    ana.page.locator("#people li").last.scroll_into_view_if_needed()
    expect(rows).to_have_count(STORM + 2, timeout=ARRIVAL)
    assert ana.page.locator("#people").evaluate(NAMES) == everybody
    bot.close()


def test_people_are_found_by_a_part_of_their_names_and_stay_current(
    people: People, address: str, device: Options
) -> None:
    comes_a_storm(address)
    ana = people.arrive(device).enters("Ana")
    ana.looks_for_people("ORM  00")
    ana.finds_people(*(f"storm {number:03}" for number in range(10)))
    ana.hears("10 people found")
    expect(ana.page.locator("#people")).to_be_hidden()
    found = ana.page.locator("#found li").filter(has_text="storm 007")
    expect(found).to_have_attribute("data-online", "false")
    people.arrive().enters("storm 007")
    expect(found).to_have_attribute("data-online", "true", timeout=ARRIVAL)
    axe_finds_nothing(ana)
    ana.looks_for_people("nobody at all")
    expect(ana.page.locator("#found")).to_have_text("Nobody is called that.", timeout=ARRIVAL)
    ana.hears("0 people found")
    with late_answer(ana.page, "after="):
        with ana.page.expect_request(re.compile("after=")):
            ana.looks_for_people("storm")
            expect(ana.page.locator("#found li")).to_have_count(WINDOW, timeout=ARRIVAL)
            ana.page.locator("#found li").last.scroll_into_view_if_needed()
        ana.looks_for_people("ana")
        ana.finds_people("Ana")
    ana.finds_people("Ana")
    ana.looks_for_people("storm")
    expect(ana.page.locator("#found li")).to_have_count(WINDOW, timeout=ARRIVAL)
    ana.page.locator("#found li").last.scroll_into_view_if_needed()
    expect(ana.page.locator("#found li")).to_have_count(2 * WINDOW, timeout=ARRIVAL)
    ana.page.keyboard.press("Escape")
    expect(ana.page.locator("#people")).to_be_visible()
    expect(ana.page.locator("#found")).to_be_hidden()


def test_people_are_found_without_javascript(people: People, address: str) -> None:
    comes_a_storm(address)
    ana = people.arrive({"java_script_enabled": False}).enters("Ana")
    ana.visits("/people")
    ana.page.get_by_role("searchbox", name="Find somebody").fill("storm 1")
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator(".people b")).to_have_text([f"storm {number}" for number in range(100, STORM)])
    ana.visits("/people?q=storm")
    ana.page.get_by_role("link", name="More people").click()
    expect(ana.page.locator(".people b").first).to_have_text(f"storm {WINDOW:03}")
