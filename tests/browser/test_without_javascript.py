"""Everything can be done with plain pages and forms."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.databases import Databases
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server


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
    ana.enters("Ana")
    ana.sees_online("Ben")
    expect(ana.message("Old 59")).to_be_in_viewport()

    ana.sends("Hello without scripts")
    ana.sees("Hello without scripts")
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
