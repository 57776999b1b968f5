"""On the smallest phones, with the keyboard open, large letters and a notch, all is in reach and nothing is cut off."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers import with_large_letters
from tests.support.people import PHONE, Bot, Options, People
from tests.support.servers import Server

HEIGHT = 568
SMALL: Options = {**PHONE, "viewport": {"width": 320, "height": HEIGHT}}
WITH_KEYBOARD = 300  # pixels that the keyboard leaves of them
ACROSS, LEFT_ACROSS = 844, 180  # the width of a phone that is held across, and what the keyboard leaves of its height
LONGEST = "M" * 40
SAID = [
    "שלום לכולם, נפגש מחר ב־10:30 ב־Café Zürich?",
    "`" + "x" * 60 + "`",
    "- Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\n\n> " + "Q" * 80,
    "```\n" + "code " * 40 + "\n```",
    "https://example.org/" + "path/" * 40,
]
# What is seen and reaches beyond the sides of the window. Code scrolls by itself, and quotes end in dots.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((one) => {
  if (one.closest("pre, .quote, #replying p, .hidden, .skip") || !one.checkVisibility()) return false;
  const { left, right, width } = one.getBoundingClientRect();
  return width > 1 && (left < -1 || right > innerWidth + 1);
}).map(({ tagName, className, id, textContent }) => [tagName, className, id, textContent.slice(0, 20)])"""
# What is read or pressed and is below a notch or a rounded corner.
COVERED = """({ top, right, bottom, left }) => {
  const shown = [...document.querySelectorAll("button, a, input, textarea, p, b, h1, h2, time")].filter((one) =>
    one.checkVisibility() && !one.closest(".hidden, .skip, pre"));
  return shown.filter((one) => {
    const box = one.getBoundingClientRect();
    const scrolls = one.closest("#scroll, #side, #menu, dialog") !== null || document.body.matches(".plain, .lobby");
    if (box.width <= 1) return false;
    if (box.left < left || box.right > innerWidth - right) return true;
    return !scrolls && (box.top < top || box.bottom > innerHeight - bottom);
  }).map(({ tagName, id, textContent }) => [tagName, id, textContent.slice(0, 20)]);
}"""
NOTCH = {"top": 47, "right": 44, "bottom": 34, "left": 44}


@pytest.fixture(params=["usual", "large"])
def owners(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[People]:
    """People whose letters have a size of their choice."""
    with with_large_letters(browser) if request.param == "large" else nullcontext(browser) as chosen:
        everybody = People(chosen, server.url)
        yield everybody
        everybody.leave()
        assert not everybody.complaints


def test_nothing_is_cut_off_on_a_small_phone(owners: People, bot: Bot, request: pytest.FixtureRequest) -> None:
    short = f"short {request.node.callspec.id}"
    bot.says(*SAID, short)
    ana = owners.arrive(SMALL).enters(LONGEST)
    page = ana.page

    def nothing_is_cut_off() -> None:
        assert page.evaluate(CUT_OFF) == []

    ana.says("m" * 100)
    ana.reacts_to(short, "🎉")
    ana.begins_to_reply_to(short)
    nothing_is_cut_off()
    for height in (HEIGHT, WITH_KEYBOARD):
        page.set_viewport_size({"width": 320, "height": height})
        ana.composer.scroll_into_view_if_needed()  # as browsers do when the keyboard opens
        expect(ana.composer).to_be_in_viewport(ratio=0.95)  # of a pixel, some is cut
        expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=0.95)
    page.set_viewport_size({"width": ACROSS, "height": LEFT_ACROSS})
    ana.composer.scroll_into_view_if_needed()
    expect(ana.composer).to_be_in_viewport(ratio=0.95)
    expect(page.get_by_role("button", name="People", exact=True)).to_be_visible()
    page.set_viewport_size({"width": 320, "height": WITH_KEYBOARD})
    ana.says("an answer")
    expect(ana.messages.last).to_be_in_viewport()
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    expect(page.get_by_role("button", name="Leave")).to_be_in_viewport(ratio=1)
    ana.scrolls_to("top")
    nothing_is_cut_off()
    page.get_by_role("button", name="People", exact=True).click()
    nothing_is_cut_off()
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_role("dialog", name="Share the room")).to_be_visible()
    nothing_is_cut_off()
    ana.presses("Escape")
    ana.opens_the_menu_of(short)
    nothing_is_cut_off()
    newest = str(ana.messages.last.get_attribute("id")).removeprefix("m")
    for path in ("/", "/share", "/people", f"/messages/{newest}", f"/room?before={newest}"):
        ana.visits(path)
        nothing_is_cut_off()


def test_a_notch_covers_nothing(people: People, bot: Bot) -> None:
    bot.says(*SAID, "last")
    ana = people.arrive(PHONE).enters("Ana")
    screen = ana.context.new_cdp_session(ana.page)
    screen.send("Emulation.setSafeAreaInsetsOverride", {"insets": NOTCH})

    def nothing_is_covered() -> None:
        assert ana.page.evaluate(COVERED, NOTCH) == []

    for width, height in ((390, 844), (844, 390)):
        ana.page.set_viewport_size({"width": width, "height": height})
        ana.scrolls_to("end")
        nothing_is_covered()
        if width < height:
            ana.page.get_by_role("button", name="People", exact=True).click()
            nothing_is_covered()
            ana.page.get_by_role("button", name="Close").click()
        ana.opens_the_menu_of("last")
        nothing_is_covered()
        ana.presses("Escape")
    for path in ("/", "/share"):
        ana.visits(path)
        nothing_is_covered()
