"""People find what was said, by the keyboard or by a finger, and the conversation around it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.people import DESKTOP, Bot, Options, People, Person
from tests.support.rooms import shared_server
from tests.support.servers import Server

OLD, NEW = "The phoenix rises", "Ask the Phoenix team, *now*"
LINES = [OLD, *(f"Line {number}" for number in range(150)), NEW, "And the last word"]
INDEXED = "async () => (await (await fetch('/api/search?q=phoen')).json()).messages.length === 2"
TOKYO = {"timezone_id": "Asia/Tokyo"}


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """A room with a past of more pages than a phone loads by itself."""
    for running in shared_server(databases):
        chronicler = Bot(running.url, "Chronicler")
        chronicler.says(*LINES)
        chronicler.close()
        yield running


def opens_the_search(person: Person) -> Locator:
    """Press Ctrl+K, or the sign in the bar where there is no keyboard."""
    if person.touches:
        person.page.get_by_role("link", name="Search").tap()
    else:
        person.presses("Control+k")
    dialog = person.page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    return dialog


def chooses(person: Person, found: Locator, number: int) -> None:
    """Go to a result by the arrow keys, or tap it."""
    if person.touches:
        found.nth(number).locator(".body").tap()
        return
    person.page.get_by_role("searchbox", name="Words").focus()
    for _ in range(number + 1):
        person.presses("ArrowDown")
    expect(found.nth(number).get_by_role("link").first).to_be_focused()
    person.presses("Enter")


def test_what_was_said_is_found_while_one_types_and_leads_into_the_conversation(
    people: People, device: Options
) -> None:
    ana = people.arrive({**device, **TOKYO}).enters("Ana")
    ana.page.wait_for_function(INDEXED)
    dialog = opens_the_search(ana)
    found = dialog.locator("article")
    ana.page.keyboard.type("PHOEN")
    expect(found).to_have_count(2)
    expect(found.locator("mark.found")).to_have_text(["Phoen", "phoen"])
    expect(dialog.get_by_role("status")).to_have_text("2 messages found")
    axe_finds_nothing(ana)

    chooses(ana, found, 0)
    expect(dialog).to_be_hidden()
    on_the_page = ana.messages.filter(has_text="Phoenix team")
    expect(on_the_page).to_be_in_viewport()
    expect(on_the_page).to_have_class(re.compile("target"))

    opens_the_search(ana)
    expect(found).to_have_count(2)
    chooses(ana, found, 1)
    expect(ana.page).to_have_url(re.compile(r"around=\d+#m\d+$"))
    expect(ana.message(OLD)).to_be_in_viewport()

    # There is no stream in the past, and a search all the same.
    dialog = opens_the_search(ana)
    ana.page.keyboard.type("x")
    ana.presses("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Type at least two letters.")
    dialog.get_by_label("Go to a day").fill("2020-01-01")
    with ana.page.expect_request(re.compile(r"since=2019-12-31T15%3A00%3A00\.000Z$")):
        dialog.get_by_role("button", name="Go", exact=True).click()
    expect(ana.message(OLD)).to_be_in_viewport()

    for words, count in (("phoen", 2), ("nobody said this", 0)):
        ana.visits(f"/search?q={words}")
        expect(ana.page.locator("article")).to_have_count(count)
        axe_finds_nothing(ana)


def test_all_that_is_found_comes_by_scrolling_and_the_focus_returns(people: People) -> None:
    ana = people.arrive().enters("Ana")
    ana.page.wait_for_function(INDEXED)
    ana.composer.focus()
    dialog = opens_the_search(ana)
    ana.page.keyboard.type("nobody said this")
    expect(dialog).to_contain_text("Nothing was found.")
    dialog.get_by_role("searchbox").fill("line")
    expect(dialog.locator("article")).to_have_count(20)
    expect(dialog.get_by_role("status")).to_have_text("20 or more messages found")
    for count in (40, 60):  # or more: what is near is loaded, too
        dialog.evaluate("(dialog) => dialog.scrollTo(0, dialog.scrollHeight)")
        expect(dialog.locator("article").nth(count - 1)).to_be_attached()
    # As often as there is more: until all of the 150 are there.
    while dialog.get_by_role("link", name="Older results").count():
        dialog.evaluate("(dialog) => dialog.scrollTo(0, dialog.scrollHeight)")
    expect(dialog.get_by_role("status")).to_have_text("150 messages found")
    ana.presses("Escape")
    expect(dialog).to_be_hidden()
    expect(ana.composer).to_be_focused()


def test_who_opens_the_search_twice_finds_everything_once(people: People) -> None:
    ana = people.arrive().enters("Ana")
    ana.page.wait_for_function(INDEXED)
    ana.page.get_by_role("link", name="Search").dblclick()
    dialog = ana.page.get_by_role("dialog", name="Search")
    dialog.get_by_role("searchbox").fill("line")
    expect(dialog.locator("article")).to_have_count(20)
    while dialog.get_by_role("link", name="Older results").count():
        dialog.evaluate("(dialog) => dialog.scrollTo(0, dialog.scrollHeight)")
    expect(dialog.locator("article")).to_have_count(150)


def test_the_page_of_the_search_does_the_same_without_javascript(people: People) -> None:
    ana = people.arrive({**DESKTOP, "java_script_enabled": False}).enters("Ana")
    ana.page.get_by_role("link", name="Search").click()
    ana.page.get_by_role("searchbox").fill("phoen")
    ana.page.get_by_role("button", name="Search").click()
    expect(ana.page.locator("mark.found")).to_have_text(["Phoen", "phoen"])
    ana.page.locator("article", has_text="rises").get_by_role("link").first.click()
    expect(ana.message(OLD)).to_be_in_viewport()
