"""What was said before: all of it, by scrolling up, and never moving under the reader's eyes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.support.databases import Databases
from tests.support.people import Bot, Options, People, Person
from tests.support.rooms import shared_server
from tests.support.servers import Server

LINES = [f"Line {number}" + "\nand more" * (number % 4) for number in range(130)]
STILL = 2  # pixels that a message may move while it is read
# The first message that begins in sight, and how far below the edge its words are.
FIRST = """() => {
  const { top } = document.getElementById("scroll").getBoundingClientRect();
  const first = [...document.querySelectorAll("#log article")].find((one) => one.getBoundingClientRect().top >= top);
  return { id: first.id, below: first.querySelector(".body, .gone").getBoundingClientRect().top - top };
}"""
IS_THERE = f"({{ id, below }}) => (({FIRST})().id === id && Math.abs(({FIRST})().below - below) < {STILL})"
TURNING_IS_NOTED = """async () => {
  await import(performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/turning.js")).name);
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A room with a past, for each device."""
    del device
    for running in shared_server(databases):
        chronicler = Bot(running.url, "Chronicler")
        chronicler.says(*LINES)
        chronicler.close()
        yield running


@pytest.fixture
def ana(people: People, device: Options) -> Person:
    reader = people.arrive(device)
    return reader.enters("Ana")


def place_of(reader: Person, body: str) -> float:
    """Return where a message is on the screen."""
    box = reader.message(body).bounding_box()
    assert box
    return box["y"]


def test_the_past_is_loaded_by_scrolling_up_and_moves_nothing(ana: Person) -> None:
    expect(ana.message(LINES[-1])).to_be_in_viewport()
    expect(ana.new_messages).to_be_hidden()
    first = ana.messages.first.get_attribute("id")
    read = LINES[-45]
    # The older page is held back until the reader's place is known.
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ana.page.route("**/room?before=*", hold, times=1)
    with ana.page.expect_request("**/room?before=*"):
        ana.scrolls_to("top")
    before = place_of(ana, read)
    held[0].continue_()
    expect(ana.messages.first).not_to_have_attribute("id", str(first))
    assert abs(place_of(ana, read) - before) <= STILL

    beginning = ana.page.get_by_text("This is the beginning of the room.")
    ana.scrolls_to("top")
    expect(beginning).to_be_attached()
    assert ana.messages.locator("p").all_text_contents()[: len(LINES)] == LINES
    ana.scrolls_to("top")
    expect(beginning).to_be_in_viewport()
    expect(ana.message(LINES[0])).to_be_in_viewport()


def test_what_arrives_moves_only_who_is_at_the_end(ana: Person, bot: Bot) -> None:
    ana.scrolls_to("middle")
    read = LINES[-25]
    ana.message(read).scroll_into_view_if_needed()
    before = place_of(ana, read)
    bot.says("A thing", "Another thing", "A third\nof two lines")
    expect(ana.new_messages).to_have_text("3 new messages ↓")
    expect(ana.new_messages).to_be_in_viewport()
    assert abs(place_of(ana, read) - before) <= STILL
    ana.new_messages.click()
    expect(ana.message("A third\nof two lines")).to_be_in_viewport()
    expect(ana.new_messages).to_be_hidden()

    bot.says("A tall one" + "\nline" * 30, "The last word")
    expect(ana.message("The last word")).to_be_in_viewport()
    expect(ana.new_messages).to_be_hidden()

    ana.scrolls_to("middle")
    bot.says("Something else")
    expect(ana.new_messages).to_have_text("1 new message ↓")
    ana.scrolls_to("end")
    expect(ana.new_messages).to_be_hidden()

    ana.scrolls_to("middle")
    ana.says("I was reading")
    ana.sees("I was reading")
    expect(ana.message("I was reading")).to_be_in_viewport()


def test_what_changes_above_moves_nothing(ana: Person, bot: Bot) -> None:
    changes = ["To be edited", "To be deleted", "To be reacted to"]
    bot.says(*changes, *(f"Below {number}" for number in range(40)))
    ana.sees_last("Below 39")
    read = "Below 12"
    ana.message(read).scroll_into_view_if_needed()
    expect(ana.message(changes[-1])).not_to_be_in_viewport()
    before = place_of(ana, read)
    bot.edits("To be edited", "Edited" + "\nand longer" * 9)
    expect(ana.messages.filter(has_text="and longer")).to_have_count(1)
    assert abs(place_of(ana, read) - before) <= STILL
    bot.deletes("To be deleted")
    ana.does_not_see_any_more("To be deleted")
    bot.reacts_to("To be reacted to", "🎉")
    expect(ana.message("To be reacted to").locator(".reactions")).to_have_count(1)
    assert abs(place_of(ana, read) - before) <= STILL


def test_another_width_of_the_window_moves_nothing(ana: Person, device: Options) -> None:
    ana.scrolls_to("middle")
    ana.page.evaluate(TURNING_IS_NOTED)
    first = ana.page.evaluate(FIRST)
    width, height = device["viewport"].values()
    for size in ({"width": height, "height": 600}, {"width": width, "height": height}):
        ana.page.set_viewport_size(size)  # type: ignore[arg-type]
        ana.page.wait_for_function(IS_THERE, arg=first)
