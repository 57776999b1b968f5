"""Everything can be done with plain pages and forms."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.databases import Databases
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

# Whether the name and the way to the menu are.
IN_ONE_LINE = """(message) => {
  const [name, menu] = ["b", ".more"].map((part) => message.querySelector(part).getBoundingClientRect());
  return Math.abs(name.top + name.bottom - menu.top - menu.bottom) < name.height;
}"""


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device."""
    del device
    yield from shared_server(databases)


def test_a_person_without_javascript_can_do_everything(people: People, bot: Bot, device: Options) -> None:
    bot.says(*(f"Old {number}" for number in range(60)))
    ana, ben = people.arrive({**device, "java_script_enabled": False}), people.arrive(device).enters("Ben")

    ana.tries_to_enter("x" * 41)
    ana.is_told("That name has 41 characters; at most 40 are possible.")
    ana.sees_online("Ben")
    ana.enters("Ana Maria Ruiz")
    ana.sees_online("Ben")
    expect(ana.message("Old 59")).to_be_in_viewport()

    ana.sends("Hello without scripts")
    ana.sees("Hello without scripts")
    assert ana.message("Hello without scripts").evaluate(IN_ONE_LINE)  # though its time is a long one
    ben.sees("Hello without scripts")
    ben.says("Hello with scripts")
    ben.sees("Hello with scripts")
    ana.page.get_by_role("link", name="Show what is new").click()
    ana.sees("Hello with scripts")

    ana.sends("y" * 4001)
    ana.is_told("That is 4,001 characters; at most 4,000 fit in one message.")
    assert ana.draft() == "y" * 4001

    ana.page.get_by_role("link", name="Older messages").click()
    ana.sees("Old 0")
    ana.does_not_see("Hello with scripts")
    ana.page.get_by_role("link", name="Back to the newest").click()
    ana.sees("Hello with scripts")

    ana.leaves()
    ana.visits("/room")
    ana.is_on_the_landing_page()


def test_messages_without_javascript_have_pages_for_all_that_is_done_with_them(
    people: People, bot: Bot, device: Options
) -> None:
    bot.says("Who brings the cake?")
    ana, ben = people.arrive({**device, "java_script_enabled": False}), people.arrive(device).enters("Ben")
    page = ana.enters("Ana").page
    ana.sends("I bring a caek, @Ben")
    ben.sees("I bring a caek, @Ben")

    ana.message("I bring a caek, @Ben").get_by_role("link", name="More").click()
    page.get_by_label("Edit").fill("I bring a cake, @Ben")
    page.get_by_role("button", name="Save").click()
    expect(ana.message("I bring a cake, @Ben")).to_be_in_viewport()
    expect(ben.message("I bring a cake, @Ben").locator("mark.me")).to_have_text("@Ben")

    ana.message("Who brings the cake?").get_by_role("link", name="More").click()
    page.get_by_role("button", name="Send").click()
    ana.is_told("Write something first.")
    expect(page.get_by_text("This will be a reply")).to_be_in_viewport()
    ana.sends("Or two")
    expect(ben.message("Or two").locator(".quote")).to_have_text("Bot Who brings the cake?")
    ana.message("Or two").locator(".quote").click()
    expect(ana.message("Who brings the cake?")).to_be_in_viewport()

    ana.message("Who brings the cake?").get_by_role("link", name="More").click()
    page.get_by_role("button", name="🎉").click()
    mine = ana.message("Who brings the cake?").get_by_role("button", name="🎉 1")
    expect(ben.message("Who brings the cake?").locator(".reactions button")).to_have_text("🎉 1")
    mine.click()
    expect(mine).to_have_count(0)
    expect(ben.message("Who brings the cake?").locator(".reactions")).to_have_count(0)

    ana.message("Or two").get_by_role("link", name="More").click()
    page.get_by_role("button", name="Delete this message").click()
    expect(ana.messages.last).to_have_text(re.compile("This message was deleted."))
    ben.does_not_see_any_more("Or two")

    page.get_by_role("link", name="Search").click()
    page.get_by_label("Go to a day").fill("2020-01-01")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(ana.messages.first).to_be_in_viewport()
