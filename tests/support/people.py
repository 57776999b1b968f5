"""People and their browsers: what somebody does, and what somebody sees, as a story tells it.

Whatever a browser complains of on the way (errors, broken policies) is kept, and ends the test.
"""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, WebError, expect
from playwright.sync_api import TimeoutError as Timeout

from tests.support.acting import Acting
from tests.support.attention import Attention
from tests.support.browsers import open_profile
from tests.support.clients import NO_CERTIFICATES
from tests.support.links import FaultyLink
from tests.support.listing import Listing
from tests.support.screen import ARRIVAL
from tests.support.views import SHOWS, VIEW

__all__ = ["ARRIVAL", "DESKTOP", "LEAVING_SHOWS", "PHONE", "Bot", "Options", "People", "Person"]

TROUBLE_SHOWS = 3_000  # milliseconds until the page admits that the connection is gone
LEAVING_SHOWS = 5_000  # milliseconds until somebody whose last stream has closed is offline

Options = dict[str, Any]
View = dict[str, Any]

DESKTOP: Options = {"viewport": {"width": 1280, "height": 800}}
PHONE: Options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  console.error("Violation of the policy:", violatedDirective, blockedURI, sample));
"""
# What the browser logs of an ordinary day: the status of a form that comes back with a reason, somebody
# who is gone from a page before its stream is open, and a page without https.
ORDINARY = re.compile(
    r"the server responded with a status of 422|WebSocket is closed before the connection is est|"
    "Service Worker registration blocked by Playwright|Cross-Origin-Opener-Policy header has been ignored"
)
NETWORK = re.compile(r"WebSocket connection to .* failed|Failed to load resource: net::|Failed to fetch")

BODIES = "(log) => [...log.querySelectorAll('.body')].map((body) => body.textContent)"


class Person(Acting, Listing, Attention):
    """Somebody at a browser of their own: one tab, and what happens in it."""

    def __init__(self, context: BrowserContext, url: str, *, touches: bool, has_scripts: bool) -> None:
        self.context = context
        # Where the room is for this person.
        self.url = url
        # Whether this is a touch screen, and whether the browser runs JavaScript.
        self.touches = touches
        self.has_scripts = has_scripts
        self.page = context.new_page()

    # What somebody does.

    def visits(self, path: str = "/") -> "Person":
        """Open a page of the room by its address."""
        self.page.goto(self.url + path)
        return self

    def types_name(self, name: str) -> "Person":
        """Type a name, and do not enter."""
        self.page.get_by_label(re.compile("Your name|Or enter as")).fill(name)
        return self

    def enters(self, name: str) -> "Person":
        """Come to the landing page and enter the room with a name."""
        self.tries_to_enter(name)
        self.is_in_the_room()
        return self

    def tries_to_enter(self, name: str) -> None:
        """Come to the landing page and send a name."""
        self.visits().types_name(name)
        self.page.get_by_role("button", name="Enter").click()

    def presses(self, keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.page.keyboard.press(keys)

    def leaves(self) -> None:
        """Press Leave."""
        self.page.get_by_role("button", name="Leave").click()
        self.is_on_the_landing_page()

    def reloads(self) -> None:
        """Load the page anew."""
        self.page.reload()

    def goes_away(self) -> None:
        """Close this tab."""
        self.page.close()

    def goes_offline(self) -> None:
        """Lose the network of the device."""
        self.context.set_offline(True)

    def comes_online(self) -> None:
        """Have the network of the device again."""
        self.context.set_offline(False)

    def opens_another_tab(self, path: str = "/room") -> "Person":
        """Open one more tab in the same browser."""
        tab = Person(self.context, self.url, touches=self.touches, has_scripts=self.has_scripts)
        return tab.visits(path)

    def scrolls_to(self, place: str) -> None:
        """Scroll the conversation to its top (what is loaded of it), its middle or its end."""
        share = {"top": 1.0, "middle": 0.5, "end": 0.0}[place]
        self.scroller.evaluate(
            "(scroller, share) => scroller.scrollTop = -share * (scroller.scrollHeight - scroller.clientHeight)", share
        )

    # What somebody sees.

    def is_in_the_room(self) -> None:
        """Expect the room, connected."""
        expect(self.page).to_have_url(re.compile("/room$"), timeout=ARRIVAL)
        if self.has_scripts:
            self.is_connected()

    def is_on_the_landing_page(self) -> None:
        """Expect the page with the form."""
        expect(self.page).to_have_url(self.url + "/", timeout=ARRIVAL)

    def sees(self, *bodies: str) -> None:
        """Expect messages, each exactly once."""
        for body in bodies:
            expect(self.message(body)).to_have_count(1, timeout=ARRIVAL)

    def sees_in_order(self, *bodies: str) -> None:
        """Expect these to be the newest messages, in this order, and nothing between."""
        self.sees(*bodies)
        assert self.messages.locator("p").all_text_contents()[-len(bodies) :] == list(bodies)

    def does_not_see(self, body: str) -> None:
        """Expect that there is no such message, now."""
        expect(self.message(body)).to_have_count(0)

    def sees_last(self, body: str) -> None:
        """Wait until this is the last message of the log, and in view."""
        expect(self.messages.last).to_contain_text(body, timeout=ARRIVAL)
        expect(self.messages.last).to_be_in_viewport(timeout=ARRIVAL)

    def holds_a_piece_of_the_log(self, most: int) -> list[str]:
        """Return the bodies of the messages on the page, which are at most so many."""
        bodies: list[str] = self.page.locator("#log").evaluate(BODIES)
        assert len(bodies) <= most
        return bodies

    def does_not_see_any_more(self, body: str) -> None:
        """Expect a message to go."""
        expect(self.message(body)).to_have_count(0, timeout=ARRIVAL)

    def is_connected(self) -> None:
        """Expect the page to say that it is live."""
        expect(self.connection).to_have_attribute("data-state", "live", timeout=ARRIVAL)

    def is_told_of_trouble(self) -> None:
        """Expect the page to say that the connection is gone, within the time promised."""
        expect(self.connection).to_have_attribute("data-state", "trouble", timeout=TROUBLE_SHOWS)
        expect(self.connection).to_have_text("No connection, trying again…")
        expect(self.connection).to_be_in_viewport()

    def sees_unsent(self, body: str, fate: str) -> None:
        """Expect a message that is not in the room yet, and what is said about it."""
        expect(self.unsent(body)).to_have_count(1)
        expect(self.unsent(body).locator(".fate span")).to_have_text(fate, timeout=ARRIVAL)

    def has_nothing_unsent(self) -> None:
        """Expect an empty outbox."""
        expect(self.page.locator("#outbox .unsent")).to_have_count(0, timeout=ARRIVAL)

    def hears(self, words: str) -> None:
        """Expect that a screen reader is given these words."""
        expect(self.page.locator("#announcer")).to_have_text(words, timeout=ARRIVAL)

    def is_told(self, reason: str | re.Pattern[str]) -> None:
        """Expect a reason at the field."""
        expect(self.page.locator("#problem")).to_have_text(reason)
        expect(self.page.locator("#problem")).to_be_in_viewport()

    def sees_the_same_as_a_fresh_page(self) -> None:
        """Expect this page to end equal to one loaded now: messages, revisions, people, status and outbox."""
        fresh = self.opens_another_tab()
        fresh.is_connected()
        self.sees_the_same_as(fresh)
        fresh.goes_away()

    def sees_the_same_as(self, other: "Person") -> None:
        """Expect both pages to end equal."""
        try:
            self.page.wait_for_function(SHOWS, arg=other.view(), timeout=ARRIVAL)
        except Timeout:
            assert self.view() == other.view()

    def view(self) -> View:
        """All that the page shows of the room."""
        shown: View = self.page.evaluate(VIEW)
        return shown

    def draft(self) -> str:
        """What is written in the composer."""
        return self.composer.input_value()


class People:
    """Everybody in a test: one browser for each, and everything those browsers complained of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        # Set where the network is what the test breaks.
        self.network_may_fail = False

    def arrive(
        self, device: Options = DESKTOP, *, through: FaultyLink | None = None, profile: Path | None = None
    ) -> Person:
        """Return somebody with a browser of their own, who reaches the server directly or through a link.

        With a profile it is a program of its own, which knows what the last one with that profile knew.
        """
        # A service worker fetches all files there are for each browser: the stories that need one ask for it.
        options = {"locale": "en-GB", "service_workers": "block", **device}
        context = open_profile(self._browser, profile, options) if profile else self._browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(ARRIVAL)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        return Person(
            context,
            through.url if through else self.url,
            touches="has_touch" in device,
            has_scripts=device.get("java_script_enabled", True),
        )

    def leave(self) -> None:
        """Close all browsers."""
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or ORDINARY.search(message.text):
            return
        if not (self.network_may_fail and NETWORK.search(message.text)):
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def _hear_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


class Bot:
    """Somebody who posts through the API."""

    def __init__(self, url: str, name: str) -> None:
        self._http = httpx.Client(base_url=url, verify=NO_CERTIFICATES)
        joined = self._asks("POST", "/api/join", name=name)
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {joined.json()['token']}"
        # Where each of its messages is.
        self._places: dict[str, str] = {}

    def says(self, *bodies: str) -> None:
        """Post messages, one after the other."""
        for body in bodies:
            said = self._asks("POST", "/api/messages", key=str(uuid4()), body=body)
            self._places[body] = f"/api/messages/{said.json()['id']}"

    def edits(self, body: str, anew: str) -> None:
        """Write one of its messages anew."""
        self._asks("PATCH", self._places[body], body=anew)

    def deletes(self, body: str) -> None:
        """Take back one of its messages."""
        self._asks("DELETE", self._places[body])

    def reacts_to(self, body: str, emoji: str) -> None:
        """Put an emoji below one of its messages."""
        self._asks("PUT", f"{self._places[body]}/reactions/{emoji}")

    def _asks(self, method: str, path: str, **fields: str) -> httpx.Response:
        response = self._http.request(method, path, json=fields or None)
        assert response.is_success, response.text
        return response

    def close(self) -> None:
        """Give its connections back."""
        self._http.close()
