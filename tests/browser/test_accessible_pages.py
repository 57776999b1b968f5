"""Every page and state for everybody: axe-core finds nothing, focus is seen, and fingers hit what they aim at."""

from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.people import Bot, Options, People, Person

# Controls that somebody can see, and that are smaller than they may be: 24 pixels (WCAG 2.2 AA, 2.5.8), and buttons for
# a finger 44. What is a word in a text has no size of its own.
TOO_SMALL = """(touches) => [...document.querySelectorAll("button, input, textarea, .button, header a, a[id], summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches("[type=hidden]"))
  .map((one) => [one, one.getBoundingClientRect(), touches && one.matches("button, .button, .more") ? 44 : 24])
  .filter(([, { width, height }, least]) => width > 1 && (width < least || height < least))
  .map(([one, { width, height }]) => `${width} x ${height}: ${one.outerHTML.slice(0, 80)}`)"""

MARGIN = "(main) => main.getBoundingClientRect().left"
OUTLINE = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""
FOCUSED = "document.activeElement.id || document.activeElement.outerHTML.slice(0, 80)"


def is_for_everybody(person: Person) -> None:
    """Expect a page without a fault that axe-core knows, and without a target too small."""
    axe_finds_nothing(person)
    assert not person.page.evaluate(TOO_SMALL, person.touches)


def test_every_page_is_for_everybody(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    said = f"Read me at {device['viewport']['width']}, @Ana"
    bot.says(said, "- one\n- two\n\n> and `code`")
    expect(ana.messages.last.locator("code")).to_be_visible()
    is_for_everybody(ana)
    if ana.touches:
        ana.page.get_by_role("button", name="People", exact=True).click()
        expect(ana.page.get_by_role("searchbox", name="Find somebody")).to_be_visible()
        is_for_everybody(ana)
        ana.presses("Escape")
    number = str(ana.message(said).get_attribute("id")).removeprefix("m")
    for path in (
        f"/messages/{number}",
        f"/room?around={number}#m{number}",
        "/people",
        "/people?q=a",
        "/people?q=nobody",
        "/share",
        "/nowhere",
    ):
        ana.visits(path)
        is_for_everybody(ana)
        assert path.startswith("/room") or ana.page.locator("main").evaluate(MARGIN) > 0
    # The browser's own word about the page that tells of an error.
    people.complaints = [one for one in people.complaints if "/nowhere" not in one]


def test_the_focus_is_seen_wherever_it_goes(people: People, bot: Bot) -> None:
    bot.says("Something to act on")
    ana = people.arrive().enters("Ana")
    ana.sees("Something to act on")
    ana.reloads()
    ana.is_connected()
    stops: list[str] = []
    while stops[-1:] != ["side"]:
        ana.presses("Tab")
        stops.append(ana.page.evaluate(FOCUSED))
        assert ana.page.evaluate(OUTLINE), stops[-1]
    assert {"settings", "scroll", "body", "shortcuts"} <= set(stops)
