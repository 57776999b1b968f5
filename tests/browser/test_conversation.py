"""People meet, see each other and talk, at a desk and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.databases import Databases
from tests.support.people import LEAVING_SHOWS, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device."""
    del device
    yield from shared_server(databases)


def test_the_landing_page_changes_while_somebody_types_a_name(people: People, device: Options) -> None:
    cem, eva = people.arrive(device), people.arrive(device)
    cem.visits().types_name("Ce")
    invitation = cem.page.get_by_text("Nobody is here yet.")
    expect(invitation).to_be_visible()
    eva.enters("Eva")
    cem.sees_online("Eva")
    expect(invitation).to_be_hidden()
    expect(cem.page.locator("#counts")).to_have_text("1 online, 1 person in all")
    eva.leaves()
    cem.sees_offline("Eva", within=LEAVING_SHOWS)
    expect(cem.page.get_by_label("Your name")).to_have_value("Ce")
    expect(cem.page.get_by_label("Your name")).to_be_focused()


def test_two_people_meet_talk_and_part(people: People, device: Options) -> None:
    ana, ben = people.arrive(device), people.arrive(device)
    ana.enters("Ana")
    ben.enters("Ben")
    ana.sees_online("Ana", "Ben")
    ben.sees_online("Ana", "Ben")
    encouragement = ben.page.get_by_text("Nobody has said anything yet.")
    expect(encouragement).to_be_visible()
    ana.says("Hello Ben")
    ben.sees("Hello Ben")
    expect(encouragement).to_be_hidden()
    ben.says("Hello Ana")
    ana.sees("Hello Ana")
    ana.has_nothing_unsent()
    ana.leaves()
    ben.sees_offline("Ana", within=LEAVING_SHOWS)
    ben.says("Gone already?")
    ben.sees_in_order("Hello Ben", "Hello Ana", "Gone already?")
    ben.sees_the_same_as_a_fresh_page()
