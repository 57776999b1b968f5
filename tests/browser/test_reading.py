"""What a message looks like to who reads it: whose it is, whom it means, and what was said around it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.databases import Databases
from tests.support.people import Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server


@pytest.fixture(scope="module")
def server(databases: Databases, device: Options) -> Iterator[Server]:
    """A server for each device."""
    del device
    yield from shared_server(databases)


def test_an_author_who_goes_on_is_named_once_to_the_eye_and_always_to_the_ear(
    people: People, bot: Bot, device: Options
) -> None:
    ana = people.arrive(device).enters("Ana")
    bot.says("To begin with", "And then")
    ana.says("I see")
    ana.sees("To begin with", "And then", "I see")
    names = [ana.message(body).locator("header b") for body in ("To begin with", "And then", "I see")]
    widths = [name.evaluate("(name) => name.getBoundingClientRect().width") for name in names]
    assert [width > 1 for width in widths] == [True, False, True]
    assert [name.inner_text() for name in names] == ["Bot", "Bot", "Ana"]
    expect(ana.messages.first.locator(".day")).to_have_count(1)
    expect(ana.page.locator("#log .day")).to_have_count(1)


def test_who_is_meant_sees_it_and_others_do_not(people: People, bot: Bot, device: Options) -> None:
    meant, other = people.arrive(device).enters("Meant"), people.arrive(device).enters("Other")
    bot.says("What do you think, @Meant?")
    expect(meant.page.locator(".meant mark.me")).to_have_text("@Meant")
    expect(other.page.locator("#log mark").last).to_have_text("@Meant")
    expect(other.page.locator(".meant")).to_have_count(0)


def test_long_code_scrolls_by_itself_and_emoji_alone_are_large(people: People, bot: Bot, device: Options) -> None:
    ana = people.arrive(device).enters("Coder")
    bot.says("```\n" + "x" * 500 + "\n```", "🎉")
    code = ana.page.locator("#log pre").last
    assert code.evaluate("(code) => code.scrollWidth > code.clientWidth")
    assert ana.scroller.evaluate("(scroller) => scroller.scrollWidth <= scroller.clientWidth")
    size = ana.message("🎉").locator("p").evaluate("(text) => parseFloat(getComputedStyle(text).fontSize)")
    assert size > 30
    axe_finds_nothing(ana)
    its_page = ana.page.locator("#log article:has(pre) .more").get_attribute("href")
    ana.visits(str(its_page))
    axe_finds_nothing(ana)
