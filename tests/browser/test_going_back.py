"""Pages that browsers put aside and show again when somebody goes back: alive, and of nobody who has left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers import keeping_pages
from tests.support.people import Bot, People, Person
from tests.support.servers import Server


@pytest.fixture(scope="module")
def keeping_browser(browser: Browser) -> Iterator[Browser]:
    with keeping_pages(browser) as keeping:
        yield keeping


@pytest.fixture
def wanderers(keeping_browser: Browser, server: Server) -> Iterator[People]:
    """People whose browsers put pages aside instead of ending them."""
    everybody = People(keeping_browser, server.url)
    yield everybody
    everybody.leave()
    assert not everybody.complaints


def goes_back_to_a_kept_page(person: Person, marked: str) -> None:
    """Press Back, and expect the very page that was put aside."""
    person.page.go_back(wait_until="commit")
    expect(person.page.locator("html")).to_have_attribute("data-marked", marked)
    assert was_kept(person)


def was_kept(person: Person) -> bool:
    """Whether a marked page came back as it was, even if it has led on since."""
    return bool(person.page.evaluate("sessionStorage.persisted === 'true'"))


def marks_the_page(person: Person, mark: str) -> None:
    """Leave a mark that only this very page has, and have it remember how it is shown."""
    person.page.evaluate(
        """(mark) => {
          document.documentElement.dataset.marked = mark;
          addEventListener("pageshow", ({ persisted }) => { sessionStorage.persisted = persisted; });
        }""",
        mark,
    )


def test_the_room_comes_back_from_the_back_forward_cache(wanderers: People, bot: Bot) -> None:
    ana = wanderers.arrive().enters("Wanders")
    ana.types("half a thought")
    marks_the_page(ana, "the room")
    ana.visits("/")
    ana.sees_offline("Wanders")
    bot.says("said meanwhile")
    goes_back_to_a_kept_page(ana, "the room")
    ana.sees("said meanwhile")
    ana.sees_online("Wanders")
    ana.is_connected()
    assert ana.draft() == "half a thought"
    ana.says("back again")
    ana.sees_in_order("said meanwhile", "back again")
    ana.types("")
    ana.sees_the_same_as_a_fresh_page()


def test_back_does_not_lead_who_has_left_into_the_room(wanderers: People, bot: Bot) -> None:
    wanderers.network_may_fail = True  # the stream is refused
    ana = wanderers.arrive().enters("Departed")
    marks_the_page(ana, "the room")
    ana.leaves()
    assert not ana.context.cookies()
    bot.says("not for who has left")
    with ana.page.expect_navigation(url="**/room", wait_until="commit"):
        ana.page.evaluate("history.back()")
    ana.is_on_the_landing_page()
    assert was_kept(ana)


def test_back_does_not_lead_into_the_room_of_who_was_here_before(wanderers: People) -> None:
    before = wanderers.arrive().enters("Before")
    marks_the_page(before, "the room")
    before.leaves()
    assert not before.context.cookies()
    after = before.enters("After")
    with after.page.expect_navigation(url="**/room", wait_until="commit"):
        after.page.evaluate("history.go(-2)")
    after.is_on_the_landing_page()
    assert was_kept(after)
    expect(after.page.locator("main")).to_contain_text("After")
