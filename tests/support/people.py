"""People and their browsers: what somebody does, and what somebody sees, as a story tells it.

Whatever a browser complains of on the way (errors, broken policies) is kept, and ends the test.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, WebError, expect
from playwright.sync_api import TimeoutError as Timeout

from tests.support.attention import Attention
from tests.support.browsers import open_profile
from tests.support.clients import NO_CERTIFICATES
from tests.support.links import FaultyLink

ARRIVAL = 15_000  # milliseconds anything may take on a busy machine; a net, not a measurement
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
# What the browser logs of an ordinary day: the status of a form that comes back with a reason, and
# somebody who is gone from a page before its stream is open.
ORDINARY = re.compile(
    r"the server responded with a status of 422|WebSocket is closed before the connection is est|"
    "Service Worker registration blocked by Playwright"
)
NETWORK = re.compile(r"WebSocket connection to .* failed|Failed to load resource: net::|Failed to fetch")

# What depends on the message before is apart, because another page may begin with this message. What the reader has
# opened in it, or not seen before, is left out.
VIEW = """() => {
  const words = (article) => [...article.querySelectorAll(":scope > :not(.day, .new, [data-opened])")]
    .map((part) => part.innerText).join("\\n");
  const beside = ({ className, firstElementChild }) => [className, firstElementChild.matches(".day")];
  // How long ago somebody was seen is told a little later by one page than by another.
  const wordsOf = (person) => {
    const copy = person.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = time.dateTime;
    return copy.textContent;
  };
  return {
  messages: [...document.querySelectorAll("#log article")].map((article) =>
    [article.id, article.dataset.rev, article.dataset.user, words(article), beside(article)]),
  people: [...document.querySelectorAll("#people li")].map((person) =>
    [person.id, person.dataset.rev, person.dataset.online, person.className, wordsOf(person)]),
  counts: document.getElementById("counts").textContent,
  unsent: [...document.querySelectorAll("#outbox .unsent")].map((entry) => entry.innerText),
  };
}"""
# An older page may hold more history than a fresh one, which begins with the newest page.
SHOWS = f"""(fresh) => {{
  const mine = ({VIEW})();
  if (fresh.messages.length) mine.messages = mine.messages.slice(-fresh.messages.length);
  if (mine.messages.length && fresh.messages.length) mine.messages[0][4] = fresh.messages[0][4];
  return JSON.stringify(mine) === JSON.stringify(fresh);
}}"""


BODIES = "(log) => [...log.querySelectorAll('.body')].map((body) => body.textContent)"


class Person(Attention):
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

    def types(self, text: str) -> None:
        """Put text into the composer, and do not send it."""
        self.composer.fill(text)

    def presses(self, keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.page.keyboard.press(keys)

    def says(self, *texts: str) -> None:
        """Send messages, with Enter or, on a touch screen, with the button."""
        for text in texts:
            self.types(text)
            if self.touches:
                self.page.get_by_role("button", name="Send").tap()
            else:
                self.composer.press("Enter")

    def sends(self, text: str) -> None:
        """Send a message with the button."""
        self.types(text)
        self.page.get_by_role("button", name="Send").click()

    def opens_the_menu_of(self, body: str) -> Locator:
        """Open what can be done with a message."""
        self.message(body).get_by_role("link", name="More").click()
        menu = self.page.get_by_role("dialog")
        expect(menu).to_be_visible()
        return menu

    def reacts_to(self, body: str, emoji: str) -> None:
        """Choose one of the emoji that are offered."""
        self.opens_the_menu_of(body).get_by_role("button", name=emoji, exact=True).click()

    def begins_to_reply_to(self, body: str) -> None:
        """Choose to reply to a message."""
        self.opens_the_menu_of(body).get_by_role("button", name="Reply").click()
        expect(self.page.locator("#replying")).to_contain_text(body)

    def replies_to(self, body: str, answer: str) -> None:
        """Reply to a message."""
        self.begins_to_reply_to(body)
        self.says(answer)

    def begins_to_edit_her_last_message(self) -> Locator:
        """Press the upward arrow in the empty composer."""
        self.composer.press("ArrowUp")
        field = self.page.get_by_label("Edit your message")
        expect(field).to_be_focused()
        return field

    def edits_her_last_message(self, text: str) -> None:
        """Write it anew, and save."""
        field = self.begins_to_edit_her_last_message()
        field.fill(text)
        self.page.get_by_role("button", name="Save").click()
        expect(field).to_have_count(0)

    def deletes(self, body: str) -> None:
        """Take back what one said."""
        menu = self.opens_the_menu_of(body)
        menu.get_by_role("button", name="Delete").click()
        menu.get_by_role("button", name="Delete it").click()

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

    def looks_for_people(self, part: str) -> None:
        """Type a part of a name into the people list, which is a drawer on a phone."""
        field = self.page.get_by_role("searchbox", name="Find somebody")
        if not field.is_visible():
            self.page.get_by_role("button", name="People", exact=True).click()
        field.fill(part)

    def finds_people(self, *names: str) -> None:
        """Wait until exactly these are found, in this order."""
        expect(self.page.locator("#found b")).to_have_text(list(names), timeout=ARRIVAL)

    def does_not_see_any_more(self, body: str) -> None:
        """Expect a message to go."""
        expect(self.message(body)).to_have_count(0, timeout=ARRIVAL)

    def sees_online(self, *names: str) -> None:
        """Expect people in the list, online."""
        self._sees_people(names, online=True, within=ARRIVAL)

    def sees_offline(self, *names: str, within: int = ARRIVAL) -> None:
        """Expect people in the list, offline."""
        self._sees_people(names, online=False, within=within)

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

    # Where it is on the page.

    @property
    def composer(self) -> Locator:
        """The field where one writes."""
        return self.page.get_by_label("Message", exact=True)

    @property
    def scroller(self) -> Locator:
        """What scrolls the conversation."""
        return self.page.locator("#scroll")

    @property
    def connection(self) -> Locator:
        """The sign of the connection."""
        return self.page.locator("#connection")

    @property
    def new_messages(self) -> Locator:
        """The button that leads to the end."""
        return self.page.locator("#newest")

    @property
    def messages(self) -> Locator:
        """The messages of the room, without the outbox."""
        return self.page.locator("#log article")

    def message(self, body: str) -> Locator:
        """The messages of the room with this body."""
        return self.messages.filter(has=self.page.locator("p").get_by_text(body, exact=True))

    def unsent(self, body: str) -> Locator:
        """The messages of the outbox with this body."""
        return self.page.locator("#outbox .unsent").filter(has_text=body)

    def person(self, name: str) -> Locator:
        """The row of the list with this name."""
        return self.page.locator("#people li").filter(has=self.page.locator("b").get_by_text(name, exact=True))

    def _sees_people(self, names: tuple[str, ...], *, online: bool, within: int) -> None:
        with self._list_of_people():
            for name in names:
                row = self.person(name)
                expect(row).to_have_attribute("data-online", str(online).lower(), timeout=within)
                # In one step: a row is replaced when its person changes, and may not be the same in the next.
                row.evaluate("(row) => row.scrollIntoView()")
                expect(row).to_be_visible()

    @contextmanager
    def _list_of_people(self) -> Iterator[None]:
        """Have the list of people in sight: on a phone it is a drawer."""
        opener = self.page.get_by_role("button", name="People")
        if not opener.is_visible():
            yield
            return
        opener.click()
        yield
        self.page.get_by_role("button", name="Close").click()


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
        response = self._http.post("/api/join", json={"name": name})
        assert response.status_code == 200, response.text
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {response.json()['token']}"

    def says(self, *bodies: str) -> None:
        """Post messages, one after the other."""
        for body in bodies:
            response = self._http.post("/api/messages", json={"key": str(uuid4()), "body": body})
            assert response.status_code == 201, response.text

    def close(self) -> None:
        """Give its connections back."""
        self._http.close()
