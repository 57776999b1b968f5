"""From the key press to the room: what is sent, what is not, and that nothing typed is ever lost."""

import json
from collections.abc import Callable

from playwright.sync_api import WebSocketRoute, expect

from tests.support.links import FaultyLink
from tests.support.people import PHONE, People, Person

INVISIBLE = "\u2800\u200b"  # nothing to see, so the server refuses it
REFUSED = "Not sent: Write something first."
WAITING = "Waiting for the connection…"


def border(person: Person, body: str) -> list[str]:
    """Return how a message that is not in the room is marked, apart from words."""
    style: list[str] = person.unsent(body).evaluate("""(entry) => {
      const { borderInlineStartStyle, borderInlineStartColor } = getComputedStyle(entry);
      return [borderInlineStartStyle, borderInlineStartColor];
    }""")
    return style


def refusing_once(reason: str) -> Callable[[WebSocketRoute], None]:
    """Return a network that answers the first message for the server, and passes all else."""
    refused: list[str] = []

    def connect(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            said = json.loads(text).get("say")
            if refused or not said:
                server.send(text)
                return
            refused.append(key := said["key"])
            browser.send(f'<turbo-stream action="refuse" target="{key}" code="bad_text">{reason}</turbo-stream>')

        browser.on_message(pass_on)

    return connect


def test_enter_sends_and_shift_enter_makes_a_new_line(people: People) -> None:
    ana = people.arrive().enters("Enter")
    ana.types("first line")
    ana.presses("Shift+Enter")
    ana.page.keyboard.insert_text("second line")
    ana.presses("Enter")
    expect(ana.messages.last.locator("p")).to_have_js_property("textContent", "first line\nsecond line")
    expect(ana.composer).to_have_value("")
    ana.says(" \n ")
    ana.has_nothing_unsent()


def test_the_enter_of_an_input_method_sends_nothing(people: People) -> None:
    ana = people.arrive().enters("Method")
    ana.types("にほんご")
    for sign in ({"isComposing": True}, {"keyCode": 229}):
        ana.composer.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **sign})
    expect(ana.composer).to_have_value("にほんご")
    ana.has_nothing_unsent()
    ana.presses("Enter")
    ana.sees("にほんご")


def test_on_a_touch_screen_enter_makes_a_new_line(people: People) -> None:
    ana = people.arrive(PHONE).enters("Touch")
    ana.types("one")
    ana.presses("Enter")
    ana.page.keyboard.insert_text("two")
    expect(ana.composer).to_have_value("one\ntwo")
    ana.page.get_by_role("button", name="Send").tap()
    expect(ana.messages.last.locator("p")).to_have_js_property("textContent", "one\ntwo")


def test_what_is_too_long_is_refused_with_the_count_and_kept(people: People) -> None:
    ana = people.arrive().enters("Long")
    ana.composer.focus()
    ana.page.keyboard.insert_text("x" * 4001)
    ana.presses("Enter")
    ana.is_told("4,001 of 4,000 characters: too long to send.")
    expect(ana.composer).to_have_attribute("aria-invalid", "true")
    assert ana.draft() == "x" * 4001
    ana.presses("Backspace")
    expect(ana.page.locator("#problem")).to_be_hidden()
    ana.presses("Enter")
    ana.sees("x" * 4000)


def test_html_stays_text(people: People) -> None:
    ana, ben = people.arrive().enters("Html"), people.arrive().enters("Reader")
    body = "<img src=x onerror=alert(1)> & </p></template></turbo-stream><b>bold</b>"
    ana.says(body)
    for person in (ana, ben):
        person.sees(body)
        person.reloads()
        person.sees(body)
        expect(person.messages.locator("img")).to_have_count(0)


def test_fast_messages_keep_their_order(people: People) -> None:
    ana, ben = people.arrive().enters("Fast"), people.arrive().enters("Patient")
    bodies = [f"quick {number}" for number in range(20)]
    ana.says(*bodies)
    ben.sees_in_order(*bodies)
    ana.sees_in_order(*bodies)
    ana.has_nothing_unsent()


def test_pending_and_failed_look_different_from_sent(people: People, link: FaultyLink) -> None:
    ana = people.arrive(through=link).enters("Looks")
    ana.says(INVISIBLE)
    ana.sees_unsent(INVISIBLE, REFUSED)
    failed = border(ana, INVISIBLE)
    link.cut()
    ana.is_told_of_trouble()
    ana.says("pending")
    ana.sees_unsent("pending", WAITING)
    pending = border(ana, "pending")
    assert (failed[0], pending[0]) == ("solid", "dashed")
    assert failed[1] != pending[1]
    expect(ana.unsent("pending").get_by_role("button")).to_have_count(0)
    link.heal()
    ana.sees("pending")


def test_a_failed_message_can_be_deleted(people: People) -> None:
    ana = people.arrive().enters("Deletes")
    ana.says(INVISIBLE)
    ana.says("This one is fine")
    ana.sees("This one is fine")
    entry = ana.unsent(INVISIBLE)
    entry.get_by_role("button", name="Delete").click()
    ana.has_nothing_unsent()
    ana.reloads()
    ana.is_connected()
    ana.has_nothing_unsent()


def test_a_failed_message_can_be_tried_again(people: People) -> None:
    ana, ben = people.arrive(PHONE), people.arrive().enters("Hears")
    ana.page.route_web_socket("**/stream*", refusing_once("Not today."))
    ana.enters("Retries")
    ana.says("Please")
    ana.sees_unsent("Please", "Not sent: Not today.")
    ben.does_not_see("Please")
    ana.unsent("Please").get_by_role("button", name="Retry").click()
    ben.sees("Please")
    ana.sees("Please")
    ana.has_nothing_unsent()


def test_a_failed_message_survives_a_reload_and_a_draft_too(people: People) -> None:
    ana = people.arrive().enters("Keeps")
    ana.says(INVISIBLE)
    ana.types("half a thought")
    ana.sees_unsent(INVISIBLE, REFUSED)
    ana.reloads()
    ana.sees_unsent(INVISIBLE, REFUSED)
    expect(ana.composer).to_have_value("half a thought")
