"""People find what was said, by the keyboard or by a finger, and the conversation around it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.late import late_answer
from tests.support.people import DESKTOP, PHONE, Bot, Options, People, Person
from tests.support.rooms import shared_server
from tests.support.servers import Server

OLD, NEW = "The phoenix rises", "Ask the Phoenix team, *now*"
LONG = "\n".join([*(f"Row {number}" for number in range(200)), "a kraken", *(f"row {number}" for number in range(200))])
LINES = [OLD, *(f"Line {number}" for number in range(150)), NEW, LONG, "And the last word"]
INDEXED = "async () => (await (await fetch('/api/search?q=phoen')).json()).messages.length === 2"
UNDER_THE_HEAD = """(dialog) => {
    const link = dialog.querySelectorAll("article a")[2];
    dialog.scrollTop += link.getBoundingClientRect().top - dialog.getBoundingClientRect().top - 10;
}"""
# What an input method does.
COMPOSE = """(field, words) => {
    field.value = words;
    field.dispatchEvent(new InputEvent("input", { isComposing: true }));
    field.dispatchEvent(new CompositionEvent("compositionend"));
}"""
TOKYO = {"timezone_id": "Asia/Tokyo"}


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """A room with a past of more pages than a phone loads by itself."""
    for running in shared_server(databases):
        chronicler = Bot(running.url, "Chronicler")
        chronicler.says(*LINES)
        chronicler.reacts_to(NEW, "👍")
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


def box(place: Locator) -> FloatRect:
    """Where something is on the screen."""
    found = place.bounding_box()
    assert found
    return found


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
    expect(found.first.get_by_role("link")).to_have_accessible_description("Chronicler: Ask the Phoenix team, now")
    expect(found.get_by_role("button")).to_have_count(0)
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
    dialog.get_by_label("Go to a day").fill("12020-01-01")
    dialog.get_by_role("button", name="Go", exact=True).click()
    expect(dialog.locator("#since:invalid")).to_be_focused()
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
    dialog.evaluate(UNDER_THE_HEAD)
    dialog.get_by_role("link").nth(2).focus()
    link, head = box(dialog.get_by_role("link").nth(2)), box(dialog.locator(".head"))
    assert link["y"] >= head["y"] + head["height"]
    ana.presses("Escape")
    expect(dialog).to_be_hidden()
    expect(ana.composer).to_be_focused()

    ana.presses("Control+/")
    expect(ana.page.get_by_role("dialog")).to_have_accessible_name("Keyboard shortcuts")
    ana.presses("Control+k")
    expect(ana.page.locator("dialog[open]")).to_have_count(1)


def test_nothing_that_was_found_stays_under_other_words(people: People) -> None:
    ana = people.arrive().enters("Ana")
    ana.page.wait_for_function(INDEXED)
    dialog = opens_the_search(ana)
    with late_answer(ana.page, "before="):
        with ana.page.expect_request(re.compile("before=")):
            dialog.get_by_role("searchbox").fill("line")
            expect(dialog.locator("article")).to_have_count(20)
            dialog.evaluate("(dialog) => dialog.scrollTo(0, dialog.scrollHeight)")
        dialog.get_by_role("searchbox").fill("phoen")
        expect(dialog.locator("article")).to_have_count(2)
    expect(dialog.locator("article")).to_have_count(2)
    for words in ("ph", "", "!!"):
        dialog.get_by_role("searchbox").fill("phoen")
        expect(dialog.get_by_role("status")).to_have_text("2 messages found")
        dialog.get_by_role("searchbox").fill(words)
        expect(dialog.get_by_role("status")).to_be_empty()
        expect(dialog.locator("article")).to_have_count(0)
    dialog.get_by_role("searchbox").evaluate(COMPOSE, "phoen")
    expect(dialog.get_by_role("status")).to_have_text("2 messages found")


def test_long_message_shows_what_was_found_and_large_letters_leave_room_to_search(people: People) -> None:
    ana = people.arrive(PHONE).enters("Ana")
    ana.page.wait_for_function(INDEXED)
    dialog = opens_the_search(ana)
    dialog.get_by_role("searchbox").fill("kraken")
    expect(dialog.locator("mark.found")).to_be_in_viewport(ratio=1)
    assert box(dialog.locator("article"))["height"] < 400
    ana.page.set_viewport_size({"width": 320, "height": 640})
    ana.page.evaluate("document.documentElement.style.fontSize = '200%'")
    for field in (dialog.get_by_role("searchbox"), dialog.get_by_label("Go to a day")):
        assert box(field)["width"] > 200
        assert box(field)["x"] + box(field)["width"] <= 320


def test_who_opens_the_search_twice_finds_everything_once(people: People) -> None:
    people.network_may_fail = True
    ana = people.arrive().enters("Ana")
    ana.page.wait_for_function(INDEXED)
    ana.goes_offline()
    ana.presses("Control+k")
    ana.is_told("The search did not get through. Try again.")
    ana.comes_online()
    ana.is_connected()
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
