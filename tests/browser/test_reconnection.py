"""The network and the server come and go under an open page, and it ends as a fresh one."""

from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL

import pytest
from playwright.sync_api import Error, WebSocket, expect

from tests.support.links import FaultyLink
from tests.support.people import DESKTOP, PHONE, Bot, Options, People
from tests.support.servers import serving

WAITING = "Waiting for the connection…"
TRIES = 5  # in vain: after so many a page waits as long between two of them as it ever does

Fault = Callable[[FaultyLink], None]


@pytest.mark.parametrize(("fault", "hers"), [(FaultyLink.cut, DESKTOP), (FaultyLink.black_hole, PHONE)])
def test_a_page_catches_up_after_an_outage(
    people: People, link: FaultyLink, bot: Bot, fault: Fault, hers: Options
) -> None:
    kind = fault.__name__
    ana, ben = people.arrive(hers, through=link).enters(f"Ana {kind}"), people.arrive().enters(f"Ben {kind}")
    ana.sees_online(f"Ben {kind}")
    fault(link)
    bot.says(f"{kind}: first")
    ana.is_told_of_trouble()
    ana.says(f"{kind}: mine")
    ana.sees_unsent(f"{kind}: mine", WAITING)
    ben.says(f"{kind}: second")
    ben.sees(f"{kind}: second")
    ben.leaves()
    people.arrive().enters(f"Cem {kind}")
    ana.does_not_see(f"{kind}: first")
    link.heal()
    ana.is_connected()
    ana.sees_in_order(f"{kind}: first", f"{kind}: second", f"{kind}: mine")
    ana.has_nothing_unsent()
    ana.sees_offline(f"Ben {kind}")
    ana.sees_online(f"Cem {kind}")
    ana.sees_the_same_as_a_fresh_page()


def test_a_page_catches_up_after_it_has_tried_in_vain_for_long(people: People, link: FaultyLink, bot: Bot) -> None:
    ana = people.arrive(through=link).enters("Away")
    tried: list[WebSocket] = []

    def count(socket: WebSocket) -> None:
        tried.append(socket)

    ana.page.on("websocket", count)
    link.cut()
    ana.is_told_of_trouble()
    ana.says("said in the dark")
    # More than one page of history, so that nothing but the log can have brought it.
    said = [f"while away {number}" for number in range(60)]
    bot.says(*said)
    while len(tried) < TRIES:
        ana.page.wait_for_event("websocket")
    link.heal()
    ana.is_connected()
    ana.sees_in_order(*said, "said in the dark")
    ana.has_nothing_unsent()
    ana.sees_the_same_as_a_fresh_page()


def test_a_page_goes_on_when_the_server_was_killed(people: People, database_url: str) -> None:
    people.network_may_fail = True
    with serving(database_url) as first:
        people.url = first.url
        ana, ben = people.arrive().enters("Ana"), people.arrive().enters("Ben")
        ana.says("before")
        ben.sees("before")
        first.stop(SIGKILL)
        ana.is_told_of_trouble()
        ana.says("during", "and more")
        ana.sees_unsent("during", WAITING)
    with serving(database_url, port=str(first.port)):
        ana.is_connected()
        ben.sees_in_order("before", "during", "and more")
        ana.has_nothing_unsent()
        ben.says("after")
        ana.sees_in_order("before", "during", "and more", "after")
        ana.sees_online("Ana", "Ben")
        ana.sees_the_same_as_a_fresh_page()
        people.leave()


def test_what_was_written_survives_a_reload_without_a_network(people: People, link: FaultyLink) -> None:
    ana = people.arrive(through=link).enters("Reloads")
    link.cut()
    ana.is_told_of_trouble()
    ana.says("one of the outbox", "two of the outbox")
    ana.types("half a thought")
    with suppress(Error):
        ana.reloads()
    ana.page.wait_for_url("chrome-error:**")
    link.heal()
    ana.visits("/room")
    ana.sees_in_order("one of the outbox", "two of the outbox")
    ana.has_nothing_unsent()
    expect(ana.composer).to_have_value("half a thought")


def test_a_page_notices_that_the_device_is_offline(people: People, bot: Bot) -> None:
    people.network_may_fail = True
    ana = people.arrive().enters("Tunnel")
    ana.goes_offline()
    ana.is_told_of_trouble()
    bot.says("seen after the tunnel")
    ana.comes_online()
    ana.is_connected()
    ana.sees("seen after the tunnel")


def test_going_back_to_the_room_finds_it_live(people: People, bot: Bot) -> None:
    ana = people.arrive().enters("Wanders")
    ana.visits("/")
    bot.says("said meanwhile")
    ana.page.go_back()
    ana.is_in_the_room()
    ana.sees("said meanwhile")
    bot.says("said afterwards")
    ana.sees("said afterwards")


def test_a_page_that_the_browser_put_aside_is_live_again(people: People, bot: Bot) -> None:
    ana = people.arrive().enters("Aside")
    ana.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    bot.says("said to a page put aside")
    ana.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ana.sees("said to a page put aside")
    ana.is_connected()
