"""Addresses of messages and days lead into the past, which goes on in both directions."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

LINES = [f"Line {number}" + "\nand more" * (number % 4) for number in range(170)]


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A room with a past, for each device."""
    del device
    for running in shared_server(databases):
        chronicler = Bot(running.url, "Chronicler")
        chronicler.says(*LINES)
        chronicler.close()
        yield running


def test_a_link_to_a_message_shows_it_and_what_was_around_it(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    expect(ana.message(LINES[-1])).to_be_in_viewport()
    newest = int(str(ana.message(LINES[-1]).get_attribute("id"))[1:])
    meant = LINES[-86]
    ana.visits(f"/room?around={newest - 85}")
    expect(ana.message(meant)).to_be_in_viewport()
    assert "target" in str(ana.message(meant).get_attribute("class"))
    for place, line in (("end", LINES[-1]), ("top", LINES[0])):
        # Each step brings what is near, and the reader goes on.
        for _ in range(12):
            if ana.message(line).count():
                break
            further = ana.page.locator("a#newer" if place == "end" else "a#older")
            loaded = further.get_attribute("href")
            ana.scrolls_to(place)
            expect(ana.page.locator(f'a[href="{loaded}"]')).to_have_count(0)
        ana.sees(line)
    assert ana.messages.locator("p").all_text_contents() == LINES
    # Where the past ends, the room goes on.
    expect(ana.new_messages).to_be_hidden()
    said = f"Said at {device['viewport']['width']}"
    bot.says(said)
    ana.sees(said)
    ana.scrolls_to("end")
    bot.deletes(said)
    ana.does_not_see_any_more(said)


def test_who_reads_the_past_is_in_the_room(people: People, bot: Bot, device: Options) -> None:
    ana, ben = people.arrive(device).enters("Ana"), people.arrive().enters("Ben")
    first = int(str(ana.message(LINES[-1]).get_attribute("id"))[1:]) - 120
    ana.visits(f"/room?around={first}#m{first}")
    ana.is_connected()
    meant = ana.message(LINES[-121])
    # Amid what was said around it, whatever the browser does with its address.
    box, around = meant.bounding_box(), ana.scroller.bounding_box()
    assert box
    assert around
    assert box["y"] - around["y"] > around["height"] / 5
    ben.sees_online("Ana")
    expect(ana.new_messages).to_have_text("Newest messages ↓")
    axe_finds_nothing(ana)
    bot.says(f"Meanwhile at {device['viewport']['width']}")
    expect(ana.new_messages).to_have_text("1 new message ↓")
    expect(meant).to_be_in_viewport()
    ana.new_messages.click()
    ana.sees_last(f"Meanwhile at {device['viewport']['width']}")
    ana.is_in_the_room()
    ana.visits(f"/room?around={first}#m{first}")
    ana.says("Said from the past")
    ana.sees_last("Said from the past")
    ben.sees("Said from the past")
    ana.deletes("Said from the past")


def test_a_day_leads_to_its_first_message(people: People, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    ana.visits("/room?since=2020-01-01")
    expect(ana.message(LINES[0])).to_be_in_viewport()
    expect(ana.page.locator(".target")).to_contain_text("Line 0")
    ana.chooses("Theme", "Dark")
    expect(ana.page.locator("html")).to_have_attribute("data-theme", "dark")
    axe_finds_nothing(ana)


def test_a_link_leads_to_its_message_by_way_of_the_landing_page(people: People, device: Options) -> None:
    first = int(str(people.arrive().enters("Guide").messages.last.get_attribute("id"))[1:]) - 150
    for path in (f"/room?around={first}#m{first}", f"/messages/{first}"):
        ana = people.arrive(device).visits(path)
        ana.page.get_by_label("Your name").fill("x" * 41)
        ana.presses("Enter")
        ana.is_told("That name has 41 characters; at most 40 are possible.")
        ana.types_name("Guest")
        ana.presses("Enter")
        expect(ana.page.locator(".target")).to_be_in_viewport()
        assert ana.page.url.endswith(f"/room?around={first}#m{first}")
