"""The states that are worth a picture: each begins at a page and says what is done there."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.people import Bot, Person

HERE, ROOM = "127.0.0.1", "room.localhost"  # the same to a browser, and only the second can be shared
MANY = 30  # messages at once: more than anybody can read
QUESTION = "I bring the cups then, and my bicycle, which clicks."
Act = Callable[[Person], object]
State = tuple[str, str, Act]  # its name, the page where it begins, what is done there


def _nothing(_: Person) -> None:
    """The page as it opens."""


def _invalid_name(person: Person) -> None:
    person.types_name("x" * 41)
    person.page.get_by_role("button", name="Enter").click()
    expect(person.page.locator("#problem")).to_be_visible()


def _people(person: Person) -> None:
    opener = person.page.get_by_role("button", name="People", exact=True)
    if opener.is_visible():
        opener.click()


def _people_found(person: Person) -> None:
    _people(person)
    person.page.locator("#part").press_sequentially("a")
    expect(person.page.locator("#found li").first).to_be_visible()


def _message(person: Person) -> None:
    person.visits(str(person.message(QUESTION).locator(".more").get_attribute("href")))


def _completion(person: Person) -> None:
    person.composer.press_sequentially("Thank you @a")
    expect(person.page.get_by_role("option", name="Lena Öst offline")).to_be_visible()


def _shortcuts(person: Person) -> None:
    person.presses("Control+/")
    expect(person.page.get_by_role("dialog")).to_be_visible()


def _share(person: Person) -> None:
    _people(person)
    person.page.get_by_role("link", name="Share").click()
    expect(person.page.get_by_role("img", name="QR code")).to_be_visible()


def _search(person: Person) -> None:
    person.presses("Control+k")
    person.page.locator("dialog[open]").get_by_role("searchbox").press_sequentially("the")
    expect(person.page.locator("dialog[open] article").first).to_be_visible()


def _too_long(person: Person) -> None:
    person.types("This is too long. " * 230)
    person.page.get_by_role("button", name="Send").click()
    expect(person.page.locator("#problem")).to_be_visible()


def _asks_to_delete(person: Person) -> None:
    menu = person.opens_the_menu_of("Good morning! The repair café opens at two today. Who brings what?")
    menu.get_by_role("button", name="Delete").click()
    expect(menu.get_by_role("button", name="Delete it")).to_be_visible()


def _notifications_refused(person: Person) -> None:
    section = person.opens_the_settings().get_by_role("group", name="Notifications")
    section.get_by_label("Every message").click()
    expect(section.get_by_role("alert")).not_to_be_empty()


def _failed(person: Person) -> None:
    person.says("\u2800")  # nothing to see, so the server refuses it
    person.sees_unsent("\u2800", "Not sent: Write something first.")


def _offline(person: Person) -> None:
    person.visits("/offline")
    expect(person.page.get_by_text("to be read only")).to_be_visible()


def _jonas_says(person: Person, *words: str) -> None:
    jonas = Bot(person.url.replace(ROOM, HERE), "Jonas Weber")
    jonas.says(*words)
    jonas.close()


def _unread(person: Person) -> None:
    person.looks_away()
    _jonas_says(person, "The station is in the car.", "Who else is on the way?")
    person.has_unread(2, "The station is in the car.")


def _new_messages(person: Person) -> None:
    person.scrolls_to("top")
    _jonas_says(person, "I am at the door.")
    expect(person.new_messages).to_be_visible()


def _busy(person: Person) -> None:
    _jonas_says(person, *(f"Lap {number} of the hall" for number in range(MANY)))
    expect(person.page.get_by_role("button", name="Pause")).to_be_visible()


def _paused(person: Person) -> None:
    _busy(person)
    person.page.get_by_role("button", name="Pause").click()
    _jonas_says(person, "Home again")
    expect(person.new_messages).to_have_text("Paused: 1 new message ↓")


def _outage(person: Person) -> None:
    person.goes_offline()
    expect(person.connection).to_have_attribute("data-state", "trouble")
    person.says("The lights went out here. Are you there?")
    person.sees_unsent("The lights went out here.", "Waiting for the connection…")


# Before anybody has come, and before anybody has said anything.
NEW: tuple[State, ...] = (("lobby-empty", "/", _nothing),)
EMPTY: tuple[State, ...] = (("room-empty", "/room", _nothing),)

STATES: tuple[State, ...] = (
    ("lobby", "/", _nothing),
    ("lobby-error", "/", _invalid_name),
    ("room", "/room", _nothing),
    ("people-in-room", "/room", _people),
    ("people-found", "/room", _people_found),
    ("menu", "/room", lambda person: person.opens_the_menu_of(QUESTION)),
    ("reply", "/room", lambda person: person.begins_to_reply_to(QUESTION)),
    ("delete", "/room", _asks_to_delete),
    ("edit", "/room", lambda person: person.begins_to_edit_her_last_message()),
    ("completion", "/room", _completion),
    ("shortcuts", "/room", _shortcuts),
    ("settings", "/room", lambda person: person.opens_the_settings()),
    ("settings-refused", "/room", _notifications_refused),
    ("share", "/room", _share),
    ("too-long", "/room", _too_long),
    ("failed", "/room", _failed),
    ("history", "/room?since=2020-01-01", _nothing),
    ("search-in-room", "/room", _search),
    ("search", "/search?q=cake", _nothing),
    ("search-empty", "/search", _nothing),
    ("message", "/room", _message),
    ("people", "/people", _nothing),
    ("share-page", "/share", _nothing),
    ("offline-page", "/room", _offline),
    ("error", "/nowhere", _nothing),
)

# What comes last, as it changes the room, or leaves no way to it.
LAST: tuple[State, ...] = (
    ("unread", "/room", _unread),
    ("new-messages", "/room", _new_messages),
    ("busy", "/room", _busy),
    ("paused", "/room", _paused),
    ("outage", "/room", _outage),
)

# Without JavaScript.
PLAIN: tuple[State, ...] = (("room-without-scripts", "/room", _nothing),)
