"""What is loaded when it is needed: within reach of the pointer, and when it cannot be had."""

from playwright.sync_api import expect

from tests.support.people import Bot, People

# Pages without a secure address have none.
NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })"


def test_what_is_done_most_is_in_reach_of_the_pointer(people: People, bot: Bot) -> None:
    ana = people.arrive()
    ana.context.add_init_script(NO_CLIPBOARD)
    ana.enters("Ana")
    bot.says("Point at this")
    message = ana.message("Point at this")
    message.hover()
    bar = message.locator(".quick")
    expect(bar).to_be_visible()
    bar.get_by_role("button", name="🎉").click()
    expect(message.locator(".reactions button")).to_have_text("🎉 1")
    message.hover()
    message.locator(".quick").get_by_role("button", name="Reply").click()
    expect(ana.page.locator("#replying")).to_contain_text("Point at this")
    expect(ana.composer).to_be_focused()
    # A link that cannot be copied is shown, chosen as a whole.
    menu = ana.opens_the_menu_of("Point at this")
    expect(bar).to_be_hidden()  # it would lie below the menu
    menu.get_by_role("button", name="Copy link").click()
    shown = ana.page.get_by_label("Link to this message")
    address = message.locator("header a").first.get_attribute("href")
    expect(shown).to_have_value(f"{ana.url}{address}")
    assert shown.evaluate("(field) => field.selectionEnd - field.selectionStart === field.value.length")


def test_what_cannot_be_loaded_is_told_or_done_otherwise(people: People, bot: Bot) -> None:
    people.network_may_fail = True
    ana = people.arrive()
    ana.page.route("**/{edit,quick,mention,shortcuts}.js", lambda route: route.abort())
    ana.enters("Ana")
    bot.says("Point at this, too")
    ana.says("Mine, @Bo", "Last")
    ana.sees("Mine, @Bo", "Last")
    with ana.page.expect_event("requestfailed"):
        ana.message("Point at this, too").hover()
    ana.composer.press("ArrowUp")
    ana.is_told("That message cannot be edited now. Try again.")
    ana.presses("Control+/")
    ana.is_told("The shortcuts did not get through. Try again.")
    ana.message("Point at this, too").get_by_role("link", name="More").click()
    expect(ana.page.get_by_role("heading", name="A message")).to_be_visible()
