"""A room that says more than a page can hold, or anybody can read."""

import re

from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.people import ARRIVAL, Bot, Options, People

MOST = 400  # messages on a page
FLOODS, FLOOD = 3, 150  # how often, and how many messages are said at once


def flood(first: int, last: int) -> list[str]:
    """What is said from one message to before another."""
    return [f"flood {number}" for number in range(first, last)]


def test_the_page_lets_go_of_what_is_far_above_and_brings_it_back(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    for number in range(FLOODS):
        bot.says(*flood(number * FLOOD, (number + 1) * FLOOD))
        ana.sees_last(f"flood {(number + 1) * FLOOD - 1}")
        held = ana.holds_a_piece_of_the_log(MOST)
    assert held == flood(FLOODS * FLOOD - len(held), FLOODS * FLOOD)
    ana.scrolls_to("top")
    expect(ana.page.locator("#log > :first-child")).not_to_contain_text(held[0], timeout=ARRIVAL)
    brought = ana.holds_a_piece_of_the_log(MOST)
    first, first_held = (int(lines[0].removeprefix("flood ")) for lines in (brought, held))
    assert brought == flood(first, first + len(brought))
    assert first < first_held < first + len(brought)


def test_who_reads_above_is_not_moved_and_goes_to_the_newest_when_they_want(people: People, bot: Bot) -> None:
    bot.says(*(f"before {number}" for number in range(40)))
    ana = people.arrive().enters("Ana")
    ana.message("before 5").scroll_into_view_if_needed()
    place = ana.message("before 5").bounding_box()
    assert place
    for number in range(FLOODS):
        bot.says(*flood(number * FLOOD, (number + 1) * FLOOD))
    expect(ana.new_messages).to_have_text(f"{FLOODS * FLOOD} new messages ↓", timeout=ARRIVAL)
    now = ana.message("before 5").bounding_box()
    assert now
    assert abs(now["y"] - place["y"]) < 1  # scrolling goes by whole pixels
    ana.holds_a_piece_of_the_log(MOST)
    ana.new_messages.click()
    ana.sees_last(f"flood {FLOODS * FLOOD - 1}")
    held = ana.holds_a_piece_of_the_log(MOST)
    assert held == flood(FLOODS * FLOOD - len(held), FLOODS * FLOOD)
    bot.says("and live again")
    ana.sees_last("and live again")


def test_the_page_never_lets_go_of_what_is_read(people: People, bot: Bot) -> None:
    bot.says("Tall" + "\nand taller" * 300, "Read this", *(f"after it {number}" for number in range(40)))
    ana = people.arrive().enters("Ana")
    ana.message("Read this").scroll_into_view_if_needed()
    place = ana.message("Read this").bounding_box()
    assert place
    bot.says(*flood(0, MOST))
    expect(ana.new_messages).to_have_text(f"{MOST} new messages ↓", timeout=ARRIVAL)
    ana.holds_a_piece_of_the_log(MOST)
    now = ana.message("Read this").bounding_box()
    assert now
    assert abs(now["y"] - place["y"]) < 1


def test_a_busy_room_can_be_paused(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Ana")
    bot.says(*flood(0, 30))
    ana.sees_last("flood 29")
    ana.page.get_by_role("button", name="Pause").click()
    unseen = [f"unseen {number} at width {device['viewport']['width']}" for number in range(2)]  # as the room is shared
    bot.says(*unseen)
    expect(ana.new_messages).to_have_text(re.compile("Paused: 2 new messages"), timeout=ARRIVAL)
    expect(ana.new_messages).to_be_focused()
    axe_finds_nothing(ana)
    ana.does_not_see(unseen[0])
    ana.new_messages.click()
    ana.sees_last(unseen[1])
    bot.says("live again")
    ana.sees_last("live again")
    expect(ana.new_messages).to_be_hidden()


def test_who_says_something_in_a_paused_room_sees_it(people: People, bot: Bot) -> None:
    ana = people.arrive().enters("Ana")
    bot.says(*flood(0, 30))
    ana.sees_last("flood 29")
    ana.page.get_by_role("button", name="Pause").click()
    bot.says("meanwhile")
    expect(ana.new_messages).to_have_text(re.compile("1 new message"), timeout=ARRIVAL)
    ana.says("here I am")
    ana.sees_last("here I am")
    ana.sees("meanwhile")


def test_an_edit_stays_where_it_is_and_is_not_lost_in_a_flood(people: People, bot: Bot) -> None:
    bot.says(*(f"above {number}" for number in range(30)))
    ana = people.arrive().enters("Ana")
    ana.says("Mine")
    ana.sees_last("Mine")
    field = ana.begins_to_edit_her_last_message()
    field.fill("Mine, and more")
    place = field.bounding_box()
    bot.says(*flood(0, FLOOD))
    ana.sees(f"flood {FLOOD - 1}")
    now = field.bounding_box()
    assert now
    assert place
    assert abs(now["y"] - place["y"]) < 1
    ana.new_messages.click()
    bot.says(*flood(FLOOD, FLOOD + MOST))
    ana.sees_last(f"flood {FLOOD + MOST - 1}")
    expect(field).to_have_count(0)  # the page has let go of it
    while not ana.message("Mine").count():
        ana.scrolls_to("top")
    ana.opens_the_menu_of("Mine").get_by_role("button", name="Edit").click()
    expect(field).to_have_value("Mine, and more")
    field.press("Enter")
    ana.sees("Mine, and more")


def test_a_menu_goes_on_though_the_page_lets_go_of_its_message(people: People, bot: Bot) -> None:
    bot.says("React to this")
    ana = people.arrive().enters("Ana")
    ana.sees_last("React to this")
    menu = ana.opens_the_menu_of("React to this")
    bot.says(*flood(0, MOST + FLOOD))
    ana.does_not_see_any_more("React to this")
    menu.get_by_role("button", name="🎉").click()
    expect(menu).to_be_hidden()
    while not ana.message("React to this").count():
        ana.scrolls_to("top")
    expect(ana.message("React to this").locator(".reactions button")).to_have_text("🎉 1", timeout=ARRIVAL)
