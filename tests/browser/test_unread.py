"""What somebody has not seen: a divider, a count, and a way to where it begins."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.people import ARRIVAL, Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

BADGE = """(() => {
  const set = navigator.setAppBadge?.bind(navigator);
  navigator.setAppBadge = (count) => { window.badge = count; return set(count); };
})()"""


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A room for each device."""
    del device
    yield from shared_server(databases)


def test_what_came_while_somebody_looked_away_is_new_until_they_look_in_any_tab(
    people: People, bot: Bot, device: Options
) -> None:
    bot.says("Said before Ana came")
    ana = people.arrive(device)
    ana.context.add_init_script(BADGE)
    ana.enters("Ana")
    ana.says("Good morning")
    ana.sees("Good morning")
    ana.looks_away()
    bot.says("The first new one", "And more")
    ana.has_unread(2, "The first new one")
    assert ana.page.evaluate("badge") == 2
    ana.reloads()
    ana.has_unread(2, "The first new one")
    other = ana.opens_another_tab()
    other.sees_as_new("The first new one")
    other.has_seen_all()  # the end of the log was in sight as it opened
    other.looks_away()
    ana.has_seen_all()
    ana.sees_nothing_as_new()
    assert not ana.page.evaluate("badge")
    bot.says("Said to two tabs")
    for tab in (ana, other):
        tab.has_unread(1, "Said to two tabs")
    ana.looks_at_it()
    ana.has_seen_all()
    ana.sees_as_new("Said to two tabs")
    other.has_seen_all()
    other.sees_nothing_as_new()
    ana.reloads()
    ana.sees_nothing_as_new()
    ana.has_seen_all()
    ana.looks_away()
    bot.says("Answer me")
    ana.has_unread(1, "Answer me")
    other.visits("/")
    assert other.page.evaluate("window.badge") is None  # she is still in the room
    other.visits("/room")
    ana.looks_at_it()
    ana.says("Here I am")
    ana.sees("Here I am")
    ana.sees_nothing_as_new()
    for tab in (ana, other):
        tab.looks_away()
    bot.says("One more")
    for tab in (ana, other):
        tab.has_unread(1, "One more")
    bot.deletes("One more")
    for tab in (ana, other):
        tab.has_seen_all()
        tab.sees_nothing_as_new()
    bot.says("The last one")
    ana.has_unread(1, "The last one")
    ana.leaves()
    other.is_on_the_landing_page()
    for tab in (ana, other):
        tab.page.wait_for_function("window.badge === 0")


def test_a_link_leads_to_the_first_new_message(people: People, bot: Bot, device: Options) -> None:
    cleo = people.arrive(device).enters("Cleo")
    bot.says("Cleo has seen this")
    cleo.sees("Cleo has seen this")
    cleo.looks_away()
    few = [f"Few {number}\nof them" for number in range(30)]
    bot.says(*few)
    cleo.has_unread(30, few[0])
    expect(cleo.first_new).to_be_visible()
    axe_finds_nothing(cleo)
    cleo.looks_at_it()
    cleo.has_seen_all()
    cleo.first_new.click()
    expect(cleo.divider).to_be_in_viewport()
    expect(cleo.first_new).to_be_hidden()
    bot.says("Said while Cleo reads what was before")
    cleo.has_unread(1, "Said while Cleo reads what was before")
    expect(cleo.first_new).to_be_hidden()  # it is below
    axe_finds_nothing(cleo)
    cleo.new_messages.click()
    cleo.has_seen_all()

    cleo.looks_away()
    cleo.visits("/")
    many = [f"Many {number}\nof them" for number in range(60)]
    bot.says(*many)
    cleo.visits("/room")
    expect(cleo.page).to_have_title("(50+) Hubbub", timeout=ARRIVAL)
    cleo.sees_nothing_as_new()  # it begins further up
    cleo.scrolls_to("top")  # which loads what is above
    cleo.has_unread(60, many[0])
    cleo.visits("/room")
    cleo.looks_at_it()
    cleo.has_seen_all()
    cleo.first_new.click()
    cleo.page.wait_for_url("**/room?around=*#new")
    cleo.sees_as_new(many[0])
    expect(cleo.divider).to_be_in_viewport()
    expect(cleo.message("Said while Cleo reads what was before")).to_be_in_viewport()
