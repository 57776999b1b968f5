"""What the keyboard can do is told in a dialog, and it is true."""

from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.people import PHONE, People


def test_the_shortcuts_are_told_and_do_what_is_said(people: People) -> None:
    ana = people.arrive().enters("Ana")
    ana.composer.press_sequentially("One / line")
    ana.presses("Shift+Enter")
    ana.page.keyboard.type("and another")
    dialog = ana.page.get_by_role("dialog", name="Keyboard shortcuts")
    ana.presses("Control+/")
    expect(dialog).to_be_visible()
    ana.presses("Control+/")
    axe_finds_nothing(ana)
    for keys in dialog.locator("dt").all_inner_texts():
        assert not (keys.isalpha() and len(keys) == 1), "a bare letter"
    ana.presses("Escape")
    expect(dialog).to_be_hidden()
    expect(ana.composer).to_be_focused()
    ana.presses("Enter")
    ana.sees("One / line\nand another")
    # An edit is saved with Enter as well.
    field = ana.begins_to_edit_her_last_message()
    field.fill("One line")
    ana.presses("Enter")
    ana.sees("One line")
    expect(ana.composer).to_be_focused()
    opener = ana.page.get_by_role("button", name="All shortcuts")
    opener.click()
    dialog.get_by_role("button", name="Close").click()
    expect(opener).to_be_focused()


def test_who_has_no_keyboard_is_spared_the_shortcuts(people: People) -> None:
    ana = people.arrive(PHONE).enters("Ana")
    expect(ana.page.get_by_text("Shift+Enter")).to_be_hidden()
    expect(ana.page.get_by_role("button", name="All shortcuts")).to_have_count(0)
