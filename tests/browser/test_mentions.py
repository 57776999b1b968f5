"""Names are completed after an @: by keys, a pointer or a finger, in the composer and in an edit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

CHOSEN = (
    "(field) => document.getElementById(field.getAttribute('aria-activedescendant')).querySelector('b').textContent"
)
COMPOSING = (
    "(field) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
)


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device."""
    del device
    yield from shared_server(databases)


def test_a_name_is_completed_so_that_its_owner_is_meant(people: People, server: Server, device: Options) -> None:
    for name in ("Ida Absent", "Ida Berg"):
        Bot(server.url, name).close()
    ben = people.arrive(device).enters("Ida Lovelace")
    ana = people.arrive({**device, "color_scheme": "dark"}).enters("Ida Writes")
    ana.sees_online("Ida Lovelace")
    ana.composer.press_sequentially("Hello @id")
    names = ana.page.get_by_role("listbox", name="People to mention")
    # Who is online comes first, the others are found by the room, and nobody means herself.
    expect(names.get_by_role("option")).to_have_text(["Ida Lovelace online", "Ida Absent offline", "Ida Berg offline"])
    box = ana.page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-controls", "names")
    expect(ana.messages).to_have_count(0)  # so this is the look of an empty room, too
    # HTML allows this role to fields of one line only; without it screen readers are not told of what is chosen.
    axe_finds_nothing(ana, except_for="aria-allowed-role")
    if ana.touches:
        names.get_by_role("option", name="Ida Berg").tap()
        expect(ana.composer).to_have_value("Hello @Ida Berg ")
        ana.types("")
        ana.composer.press_sequentially("Hello @lovela")
        names.get_by_role("option", name="Ida Lovelace").tap()
        expect(ana.composer).to_be_focused()
    else:
        for key, chosen in (("ArrowUp", "Ida Berg"), ("ArrowDown", "Ida Lovelace"), ("ArrowDown", "Ida Absent")):
            ana.presses(key)
            assert box.evaluate(CHOSEN) == chosen
        # Enter belongs to the input method while it composes.
        box.evaluate(COMPOSING)
        expect(names).to_be_visible()
        ana.presses("Enter")
        expect(ana.composer).to_have_value("Hello @Ida Absent ")
        expect(ana.page.get_by_role("combobox")).to_have_count(0)
        ana.types("")
        ana.composer.press_sequentially("Hello @Ida Lo")
        expect(names.get_by_role("option")).to_have_count(1)
        ana.presses("Tab")
    expect(ana.composer).to_have_value("Hello @Ida Lovelace ")
    expect(names).to_be_hidden()
    ana.composer.press_sequentially("and all")
    ana.page.get_by_role("button", name="Send").click()
    expect(ben.page.locator("mark.me")).to_have_text("@Ida Lovelace")
    expect(ben.messages.last.locator(".body")).to_have_text("Hello @Ida Lovelace and all")


def test_the_list_of_names_keeps_away_from_what_nobody_is_called(
    people: People, server: Server, device: Options
) -> None:
    Bot(server.url, "Olga Berg").close()
    people.arrive(device).enters("Zoë Olga")
    ana = people.arrive(device).enters("Nina")
    ana.sees_online("Zoë Olga")
    names = ana.page.get_by_role("listbox")
    ana.composer.press_sequentially("@olg")
    # Whose name begins so is meant before who is online.
    expect(names.get_by_role("option")).to_have_text(["Olga Berg offline", "Zoë Olga online"])
    ana.presses("Escape")
    expect(names).to_be_hidden()
    expect(ana.composer).to_have_value("@olg")
    ana.composer.press_sequentially("a, all is well at nina@olga, https://olga.org/@olg and `@olg")
    expect(names).to_be_hidden()
    ana.page.get_by_role("button", name="Send").click()
    ana.has_nothing_unsent()
    field = ana.begins_to_edit_her_last_message()
    field.fill("")
    field.press_sequentially("Or so, @ol")
    expect(names.get_by_role("option")).to_have_count(2)
    ana.presses("Enter")
    expect(field).to_have_value("Or so, @Olga Berg ")
    ana.presses("ControlOrMeta+z")
    expect(field).to_have_value("Or so, @ol")
    # What is there of the name already is not there twice, and nobody has to find the accent.
    field.fill("Or, well, @z olga and all")
    field.evaluate("(field) => field.setSelectionRange(12, 12)")
    ana.presses("o")
    expect(names.get_by_role("option")).to_have_text(["Zoë Olga online"])
    ana.presses("Enter")
    expect(field).to_have_value("Or, well, @Zoë Olga and all")
    ana.page.get_by_role("button", name="Save").click()
    expect(ana.messages.last.locator("mark")).to_have_text("@Zoë Olga")
