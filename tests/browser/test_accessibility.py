"""Both pages for everybody: screen readers, the keyboard alone, small screens, light and dark."""

from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.links import FaultyLink
from tests.support.people import Bot, Options, People, Person

PAUSE = 5_000  # milliseconds after what a screen reader has said
INVISIBLE = "\u2800"  # nothing to see, so the server refuses it
REFUSED = "Not sent: Write something first."
EVERY_STOP = [
    "Skip to the content",
    "search",
    "settings",
    "Leave",
    "scroll",
    "More",
    "body",
    "Send",
    "shortcuts",
    "side",
]
FOCUS = "document.activeElement.id || document.activeElement.textContent"
KEYS = "Enter sends, Shift+Enter starts a new line."
PAST = [f"Line {number}\nand more" for number in range(60)]  # more than a page
AS_A_SCREEN_READER_DOES = "(link) => { link.focus({ preventScroll: true }); link.click(); }"


def too_wide(person: Person) -> list[str]:
    """Return what can be scrolled sideways."""
    found: list[str] = person.page.evaluate("""() =>
      [document.documentElement, ...document.querySelectorAll("#scroll")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, id, scrollWidth, clientWidth }) => `${tagName} ${id}: ${scrollWidth} > ${clientWidth}`)""")
    return found


def test_axe_finds_nothing_whatever_people_do(people: People, link: FaultyLink, bot: Bot, device: Options) -> None:
    width = device["viewport"]["width"]
    greeting, hello = f"Good morning at {width}", f"Hello at {width}"
    bot.says(greeting)
    ana = people.arrive(device, through=link)
    ana.visits()
    axe_finds_nothing(ana)
    ana.tries_to_enter("")
    ana.is_told("Enter a name.")
    axe_finds_nothing(ana)
    ana.enters("Ana")
    ana.says(hello, INVISIBLE)
    ana.sees_unsent(INVISIBLE, REFUSED)
    axe_finds_nothing(ana)
    # What is hidden is not read out.
    expect(ana.composer).to_have_accessible_description("" if ana.touches else KEYS)
    ana.unsent(INVISIBLE).get_by_role("button", name="Delete").press("Enter")
    expect(ana.composer).to_be_focused()
    ana.sees(hello)
    menu = ana.opens_the_menu_of(hello)
    axe_finds_nothing(ana)
    menu.get_by_role("button", name="Delete").click()
    expect(menu.get_by_role("button", name="Delete it")).to_be_visible()
    axe_finds_nothing(ana)
    ana.presses("Escape")
    ana.reacts_to(greeting, "🎉")
    expect(ana.message(greeting).locator(".reactions button")).to_have_attribute("aria-pressed", "true")
    ana.begins_to_reply_to(greeting)
    ana.begins_to_edit_her_last_message()
    axe_finds_nothing(ana)
    ana.presses("Escape")
    ana.reacts_to(greeting, "🎉")
    expect(ana.message(greeting).locator(".reactions")).to_have_count(0)
    link.cut()
    ana.is_told_of_trouble()
    ana.says("Is anybody there?")
    ana.types("x" * 4001)
    ana.page.get_by_role("button", name="Send").click()
    ana.is_told("4,001 of 4,000 characters: too long to send.")
    axe_finds_nothing(ana)


def test_nothing_is_wider_than_the_screen(people: People, bot: Bot) -> None:
    bot.says("A" * 500, "https://example.org/" + "path/" * 80)
    ana, ben = people.arrive(), people.arrive()
    ana.enters("M" * 40)
    ana.says(INVISIBLE)
    ana.sees_unsent(INVISIBLE, REFUSED)
    ben.tries_to_enter("x" * 41)
    for width in (320, 390, 1280):
        for person in (ana, ben):
            person.page.set_viewport_size({"width": width, "height": 700})
            assert not too_wide(person)
        expect(ana.page.get_by_role("button", name="Leave")).to_be_in_viewport(ratio=1)
        expect(ana.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_the_keyboard_alone_is_enough(people: People, bot: Bot) -> None:
    bot.says(*PAST)
    ana = people.arrive()
    ana.visits()
    expect(ana.page.get_by_label("Your name")).to_be_focused()
    ana.page.keyboard.type("Keys")
    ana.presses("Enter")
    ana.is_in_the_room()
    ana.presses("Tab")
    expect(ana.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(ana.page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    ana.presses("Enter")
    expect(ana.composer).to_be_focused()
    bot.says("This moves no focus")
    ana.sees("This moves no focus")
    expect(ana.composer).to_be_focused()
    ana.page.keyboard.type("Written by hand")
    ana.presses("Enter")
    ana.sees("Written by hand")
    ana.reloads()
    stops: list[str] = []
    while stops[-1:] != ["side"]:
        ana.presses("Tab")
        stops.append(ana.page.evaluate(FOCUS))
    # The links in what others have written apart.
    assert [stop for stop in stops if "/" not in stop] == EVERY_STOP
    ana.does_not_see(PAST[0])  # the Tab key does not lead there
    ana.page.locator("a#older").evaluate(AS_A_SCREEN_READER_DOES)
    ana.sees(PAST[0])
    expect(ana.scroller).to_be_focused()
    while ana.page.evaluate(FOCUS) != "Leave":
        ana.presses("Shift+Tab")
    ana.presses("Enter")
    ana.is_on_the_landing_page()


def test_a_screen_reader_hears_messages_and_never_who_comes(people: People, bot: Bot) -> None:
    ana = people.arrive()
    ana.page.clock.install()
    ana.enters("Listener")
    heard = ana.page.locator("#announcer")
    people.arrive().enters("Newcomer")
    ana.sees_online("Newcomer")
    expect(heard).to_be_empty()
    bot.says("One thing")
    expect(heard).to_have_text("Bot: One thing")
    # Three of others, and nobody is told what he said himself.
    bot.says("Two", "Three")
    ana.says("My own")
    ana.sees("My own")
    bot.says("Four")
    ana.sees("Four")
    ana.page.clock.fast_forward(PAUSE)
    expect(heard).to_have_text("3 new messages")
