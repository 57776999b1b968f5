"""Who is typing, as others see it."""

from playwright.sync_api import expect

from tests.support.people import ARRIVAL, People


def test_others_see_who_types_until_the_message_comes(people: People) -> None:
    ana, ben, cleo = (people.arrive().enters(name) for name in ("Ana", "Ben", "Cleo"))
    lines = [person.page.locator("#typing") for person in (ana, ben, cleo)]
    height = cleo.page.locator("#composer").evaluate("(composer) => composer.offsetHeight")
    ana.types("I think")
    expect(lines[2]).to_have_text("Ana is typing…", timeout=ARRIVAL)
    ben.types("I know")
    expect(lines[2]).to_have_text("Ana and Ben are typing…", timeout=ARRIVAL)
    expect(lines[0]).to_have_text("Ben is typing…", timeout=ARRIVAL)
    assert cleo.page.locator("#composer").evaluate("(composer) => composer.offsetHeight") == height
    expect(lines[2]).to_have_attribute("aria-hidden", "true")
    ben.composer.press("Enter")
    cleo.sees("I know")
    expect(lines[2]).not_to_contain_text("Ben", timeout=ARRIVAL)
    expect(lines[2]).to_be_empty(timeout=ARRIVAL)


def test_three_who_type_are_several_people(people: People) -> None:
    reader = people.arrive().enters("Reader")
    writers = [people.arrive().enters(name) for name in ("One", "Two", "Three")]
    for writer in writers:
        writer.types("Me too")
    expect(reader.page.locator("#typing")).to_have_text("Several people are typing…", timeout=ARRIVAL)
    expect(reader.page.locator("#announcer")).to_be_empty()
