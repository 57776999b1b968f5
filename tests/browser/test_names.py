"""Names that are refused come back with a reason; names that are the same are one person."""

import re

from playwright.sync_api import expect

from tests.support.people import Options, People

REFUSED = {
    "": "Enter a name.",
    "  ": "Enter a name.",
    "x" * 41: "That name has 41 characters; at most 40 are possible.",
    "Zoë\u2800": "A name cannot contain the blank U+2800.",
    "a\u202eb": "A name cannot contain the character U+202E (RIGHT-TO-LEFT OVERRIDE).",
    "Z\u0335\u0336\u0337\u0338algo": "A name can have at most 3 marks on one letter.",
}


def test_a_refused_name_comes_back_with_the_reason(people: People, device: Options) -> None:
    eve = people.arrive(device)
    field = eve.page.get_by_label("Your name")
    for name, reason in REFUSED.items():
        eve.tries_to_enter(name)
        eve.is_told(reason)
        expect(field).to_have_value(name)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("^" + re.escape(reason)))
    eve.types_name("Eve")
    eve.presses("Enter")
    eve.is_in_the_room()


def test_one_name_is_one_person_however_it_is_typed(people: People) -> None:
    ana, other = people.arrive(), people.arrive()
    ana.enters("Ana")
    other.enters(" aNA ")
    ana.says("It is me")
    other.sees("It is me")
    expect(other.message("It is me").locator("b")).to_have_text("Ana")
    expect(other.person("Ana")).to_have_class("mine")


def test_nothing_in_an_address_makes_you_somebody_else(people: People) -> None:
    ana, eve = people.arrive(), people.arrive()
    ana.enters("Ana")
    eve.visits("/room?user=1&user_id=1&name=Ana")
    eve.is_on_the_landing_page()
