"""What people do with messages that are there: react, reply, edit and take back, in place."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.support.databases import Databases
from tests.support.links import FaultyLink
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server

FROM_RIGHT_TO_LEFT = (
    "السلام عليكم جميعا، نلتقي غدا في الساعة العاشرة أمام المكتبة "
    "القديمة قرب الجسر، ومعنا القهوة والكعك لكل من يأتي إلينا"
)
# Whether the beginning of words is seen, though not all have room.
BEGINS = """(words) => {
  const range = document.createRange();
  range.setStart(words.firstChild, 0);
  range.setEnd(words.firstChild, 1);
  const [first, box] = [range.getBoundingClientRect(), words.closest(".quote, #replying p").getBoundingClientRect()];
  return words.scrollWidth > words.clientWidth && first.left >= box.left && first.right <= box.right;
}"""


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device."""
    del device
    yield from shared_server(databases)


def test_a_reaction_is_seen_by_all_and_taken_back_by_a_click(people: People, bot: Bot, device: Options) -> None:
    ana, ben = people.arrive(device).enters("Ana"), people.arrive(device).enters("Ben")
    bot.says("The work is done")
    ana.reacts_to("The work is done", "🎉")
    shown = [person.message("The work is done").locator(".reactions button") for person in (ana, ben)]
    for button, pressed in zip(shown, ("true", "false"), strict=True):
        expect(button).to_have_text("🎉 1")
        expect(button).to_have_attribute("aria-pressed", pressed)
    shown[1].click()
    expect(shown[0]).to_have_text("🎉 2")
    expect(shown[1]).to_have_attribute("aria-pressed", "true")
    expect(shown[1]).to_be_focused()
    menu = ben.opens_the_menu_of("The work is done")
    expect(menu.get_by_role("listitem")).to_have_text("🎉 Ana, Ben")
    ben.presses("Escape")
    shown[1].click()
    expect(shown[0]).to_have_text("🎉 1")


def test_what_is_no_emoji_is_refused_near_the_composer(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    bot.says("React to this")
    menu = ana.opens_the_menu_of("React to this")
    menu.get_by_label("Another emoji").fill("no")
    menu.get_by_role("button", name="React").click()
    ana.is_told("React with one emoji.")


def test_a_reply_quotes_and_its_beginning_survives_a_reload(people: People, bot: Bot, device: Options) -> None:
    ana, ben = people.arrive(device).enters("Ana"), people.arrive(device).enters("Ben")
    bot.says("Who brings the cake?")
    ana.begins_to_reply_to("Who brings the cake?")
    expect(ana.composer).to_be_focused()
    ana.types("I do")
    ana.reloads()
    expect(ana.page.locator("#replying")).to_contain_text("Who brings the cake?")
    bot.edits("Who brings the cake?", "Who brings *two* cakes?")
    expect(ana.page.locator("#replying")).to_contain_text("Who brings two cakes?")
    ana.says("I do")
    expect(ben.message("I do").locator(".quote")).to_have_text("Bot Who brings two cakes?")
    expect(ana.page.locator("#replying")).to_be_hidden()
    ana.has_nothing_unsent()
    ben.message("I do").locator(".quote").click()
    expect(ben.page.locator("#log .target")).to_contain_text("Who brings two cakes?")
    ben.begins_to_reply_to("I do")
    ben.presses("Escape")
    expect(ben.page.locator("#replying")).to_be_hidden()
    bot.says("Never mind")
    ben.begins_to_reply_to("Never mind")
    bot.deletes("Never mind")
    ben.is_told("The message that you reply to was deleted.")
    expect(ben.page.locator("#replying")).to_be_hidden()
    ben.says("No reply")
    ana.sees("No reply")
    expect(ana.message("No reply").locator(".quote")).to_have_count(0)
    bot.says(FROM_RIGHT_TO_LEFT)
    ana.begins_to_reply_to(FROM_RIGHT_TO_LEFT)
    assert ana.page.locator("#replying span").evaluate(BEGINS)
    ana.says("Gladly")
    ben.sees("Gladly")
    assert ben.message("Gladly").locator(".quote span").evaluate(BEGINS)


def test_the_last_message_is_edited_in_place_and_escape_gives_up(people: People, bot: Bot, device: Options) -> None:
    ana, ben = people.arrive(device).enters("Ana"), people.arrive(device).enters("Ben")
    ana.says("A **tpyo**")
    ana.sees("A tpyo")
    bot.says("Said in between")
    ana.sees("Said in between")
    ana.message("A tpyo").hover()
    expect(ana.page.locator(".quick")).to_be_visible(visible=not ana.touches)
    ana.presses("Escape")
    expect(ana.page.locator(".quick")).to_be_hidden()
    ana.message("Said in between").hover()
    expect(ana.page.locator(".quick")).to_be_visible(visible=not ana.touches)
    ana.message("A tpyo").hover()
    field = ana.begins_to_edit_her_last_message()
    expect(ana.page.locator(".quick")).to_be_hidden()  # it would cover the edge of the field
    expect(field).to_have_value("A **tpyo**")
    ben.reacts_to("A tpyo", "👍")
    expect(ana.page.locator(".reactions button").last).to_have_text("👍 1")
    expect(field).to_be_focused()
    field.fill("")
    ana.page.get_by_role("button", name="Save").click()
    expect(field).to_have_accessible_description("Write something first.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(ana.page.locator("#problem")).to_be_hidden()
    field.press("Escape")
    expect(ana.page.get_by_role("alert")).to_have_count(0)
    expect(ana.composer).to_be_focused()
    ana.edits_her_last_message("A typo")
    ben.sees("A typo")
    expect(ben.message("A typo").locator("header small")).to_have_text("edited")
    ana.sees_the_same_as_a_fresh_page()


def test_who_was_away_learns_of_edits_and_deletions(people: People, link: FaultyLink, device: Options) -> None:
    ana, ben = people.arrive(device).enters("Ana"), people.arrive(device, through=link).enters("Ben")
    ana.says("To be deleted", "To be edited")
    ben.sees("To be deleted", "To be edited")
    link.cut()
    ben.is_told_of_trouble()
    ana.edits_her_last_message("Edited meanwhile")
    ana.deletes("To be deleted")
    ana.does_not_see_any_more("To be deleted")
    link.heal()
    ben.sees("Edited meanwhile")
    ben.does_not_see_any_more("To be deleted")
    ben.sees_the_same_as_a_fresh_page()


def test_escape_closes_the_menu_and_the_keyboard_is_where_it_was(people: People, bot: Bot) -> None:
    ana = people.arrive().enters("Keys")
    bot.says("One", "Two")
    ana.sees("One", "Two")
    first, last = [ana.message(body).get_by_role("link", name="More") for body in ("One", "Two")]
    # The Tab key stops at one of all these links.
    expect(ana.page.locator("#log .more[tabindex='0']")).to_have_count(1)
    expect(last).to_have_attribute("tabindex", "0")
    last.focus()
    ana.presses("ArrowUp")
    expect(first).to_be_focused()
    expect(first).to_have_accessible_name("More: Bot, One")
    ana.presses("Enter")
    menu = ana.page.get_by_role("dialog", name="Message of Bot")
    expect(menu.get_by_role("button").first).to_be_focused()
    expect(menu.get_by_role("button", name="Edit")).to_have_count(0)
    ana.presses("Escape")
    expect(menu).to_be_hidden()
    expect(first).to_be_focused()
    ana.presses("Enter")
    expect(menu).to_be_visible()
    ana.presses("Control+/")
    expect(ana.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    ana.presses("Escape")
    expect(first).to_be_focused()


def test_the_keyboard_goes_on_beside_what_was_deleted(people: People, bot: Bot) -> None:
    bot.says("Stays", "Goes")  # before she comes: she is told of what is new a little later
    ana = people.arrive().enters("Keys")
    ana.says("My own")
    ana.sees("Stays", "Goes", "My own")
    ana.deletes("My own")
    ana.hears("Message deleted")
    goes = ana.message("Goes").get_by_role("link", name="More")
    expect(goes).to_be_focused()
    ana.presses("Enter")
    menu = ana.page.get_by_role("dialog", name="Message of Bot")
    expect(menu).to_be_visible()
    bot.deletes("Goes")
    ana.does_not_see_any_more("Goes")
    ana.presses("Escape")
    expect(menu).to_be_hidden()
    expect(ana.scroller).to_be_focused()


def test_impatient_fingers_begin_one_edit(people: People) -> None:
    ana = people.arrive().enters("Impatient")
    ana.says("Slowly")
    ana.sees("Slowly")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ana.page.route("**/api/messages/*", hold)
    with ana.page.expect_request("**/api/messages/*"):
        ana.composer.press("ArrowUp")
    with ana.page.expect_request("**/api/messages/*"):
        ana.composer.press("ArrowUp")
    for route in held:
        route.continue_()
    field = ana.page.get_by_label("Edit your message")
    expect(field).to_be_focused()
    expect(field).to_have_count(1)
    field.fill("Slowly, and surely")
    ana.page.unroute("**/api/messages/*")
    ana.reloads()
    # What was written is not lost.
    expect(ana.begins_to_edit_her_last_message()).to_have_value("Slowly, and surely")
    ana.presses("Escape")
    expect(ana.begins_to_edit_her_last_message()).to_have_value("Slowly")


def holding(sendings: list[Callable[[], None]]) -> Callable[[WebSocketRoute], None]:
    """Return a network that keeps what is said for a while."""

    def connect(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def keep(text: str | bytes) -> None:
            sendings.append(partial(server.send, text))

        browser.on_message(keep)

    return connect


def test_who_edits_at_once_edits_what_is_on_its_way(people: People) -> None:
    people.network_may_fail = True
    ana = people.arrive()
    sendings: list[Callable[[], None]] = []
    ana.page.route_web_socket("**/stream*", holding(sendings))
    ana.enters("Quick")
    ana.composer.press("ArrowUp")
    ana.is_told("None of the messages on this page is yours.")
    for said in ("The one before", "The one that is meant"):
        ana.says(said)
        ana.sees_unsent(said, "Sending…")
        ana.composer.press("ArrowUp")
        while sendings:
            sendings.pop(0)()
        field = ana.page.get_by_label("Edit your message")
        expect(field).to_have_value(said)
        field.press("Escape")

    # After an outage nothing opens by itself.
    ana.says("The one that waits")
    ana.sees_unsent("The one that waits", "Sending…")
    ana.composer.press("ArrowUp")
    ana.goes_offline()
    ana.is_told_of_trouble()
    sendings.clear()
    ana.comes_online()
    ana.sees_unsent("The one that waits", "Sending…")
    while sendings:
        sendings.pop(0)()
    ana.sees("The one that waits")
    ana.has_nothing_unsent()
    expect(ana.composer).to_be_focused()
    expect(field).to_have_count(0)
