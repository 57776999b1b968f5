"""Who is typing, as others see it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.databases import Databases
from tests.support.people import ARRIVAL, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

LONG = "Wilhelmina van den Bergh-Oppenheimer III"  # as a name can be
# Where the words end, and which names are not all to be seen.
WORDS_END = """(line) => {
  const words = document.createRange();
  words.selectNodeContents(line.lastChild);
  return words.getBoundingClientRect().right;
}"""
CUT = """(line) => [...line.querySelectorAll("b")]
  .filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)"""


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device: for some seconds who is gone is still said to type."""
    del device
    yield from shared_server(databases)


def test_others_see_who_types_until_the_message_comes(people: People, device: Options) -> None:
    ana, ben, cleo = (people.arrive(device).enters(name) for name in ("Ana", "Ben", "Cleo"))
    lines = [person.page.locator("#typing") for person in (ana, ben, cleo)]
    height = cleo.page.locator("#composer").evaluate("(composer) => composer.offsetHeight")
    ana.types("I think")
    expect(lines[2]).to_have_text("Ana is typing…", timeout=ARRIVAL)
    ben.types("I know")
    expect(lines[2]).to_have_text("Ana and Ben are typing…", timeout=ARRIVAL)
    expect(lines[0]).to_have_text("Ben is typing…", timeout=ARRIVAL)
    assert cleo.page.locator("#composer").evaluate("(composer) => composer.offsetHeight") == height
    expect(lines[2]).to_have_attribute("aria-hidden", "true")
    ben.sends("I know")
    cleo.sees("I know")
    expect(lines[2]).not_to_contain_text("Ben", timeout=ARRIVAL)
    expect(lines[2]).to_be_empty(timeout=ARRIVAL)


def test_three_who_type_are_named_and_more_are_several_people(people: People, device: Options) -> None:
    reader = people.arrive(device).enters("Reader")
    reader.page.set_viewport_size({"width": 320, "height": 700})
    one, two, three, four = (people.arrive().enters(name) for name in (LONG, "Two", "Three", "Four"))
    line = reader.page.locator("#typing")
    for writer, words in (
        (one, f"{LONG} is typing…"),
        (two, f"{LONG} and Two are typing…"),
        (three, f"{LONG}, Two and Three are typing…"),
        (four, "Several people are typing…"),
    ):
        writer.types_on("Me too")
        expect(line).to_have_text(words, timeout=ARRIVAL)
        expect(line).to_be_in_viewport()
        assert line.evaluate(WORDS_END) <= 320
        assert line.evaluate(CUT) == [LONG] * (LONG in words)
    # Nobody is told of herself.
    expect(four.page.locator("#typing")).to_have_text(f"{LONG}, Two and Three are typing…", timeout=ARRIVAL)
    expect(reader.page.locator("#announcer")).to_be_empty()
