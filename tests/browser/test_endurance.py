"""What a browser goes through in a week: it is closed, killed, put to sleep and put aside, and nobody is worse off."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.web.audience import RECENT
from hubbub.web.stream import FAR
from tests.browser.test_going_back import marks_the_page
from tests.support.computers import Computer
from tests.support.links import FaultyLink
from tests.support.people import Bot, People, Person
from tests.support.servers import serving
from tests.support.stored import StoredRoom

WAITING = "Waiting for the connection…"
KEPT = "What you wrote is kept, and will be sent later."
SENT = "What you wrote is sent."
SLEEP = 13_000  # milliseconds: longer than any silence that a page bears


@pytest.fixture
def computer(people: People, link: FaultyLink, tmp_path: Path) -> Computer:
    """A browser of its own, which reaches the server by a network that can fail."""
    return Computer(people, link, tmp_path / "profile")


def turn(person: Person, *, hidden: bool) -> None:
    """Have the page believe that its tab was hidden or is shown again."""
    person.page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def chatter(database_url: str, count: int) -> None:
    """Have this many messages said, faster than through the API."""
    database = Database(database_url)
    room = StoredRoom(database)
    user = await room.enter("Chatter")
    await room.append(*(Draft(user.id, uuid4(), f"chatter {number}") for number in range(count)))
    await database.close()


def keys_waiting(person: Person) -> dict[str, str]:
    """Return what is in the outbox: key by body."""
    kept: dict[str, str] = person.page.evaluate("""() => Object.fromEntries(Object.entries(localStorage)
      .filter(([name]) => name.startsWith("hubbub.outbox.")).map(([, kept]) => JSON.parse(kept))
      .map(({ body, key }) => [body, key]))""")
    return kept


def keys_sent(person: Person, *bodies: str) -> dict[str, str | None]:
    """Return under which keys these are in the room."""
    return {body: person.message(body).get_attribute("data-key") for body in bodies}


@pytest.mark.parametrize("end", [Computer.closes, Computer.crashes])
def test_what_waits_outlives_the_browser(
    people: People, computer: Computer, link: FaultyLink, end: Callable[[Computer], None]
) -> None:
    """A browser may take with it what it has not brought to the disk: Chromium gathers up to about five seconds of it.

    It counts how often changes are dropped as it closes (`ShutdownDroppedChanges`), so closing is no promise either.
    """
    name = f"Ana {end.__name__}"
    ben = people.arrive().enters(f"Ben {end.__name__}")
    ana = computer.starts().enters(name)
    link.cut()
    ana.is_told_of_trouble()
    bodies = [f"{end.__name__}: {number}" for number in range(3)]
    ana.says(*bodies)
    keys = keys_waiting(ana)
    computer.has_written(bodies[-1])
    end(computer)
    link.heal()
    ana = computer.starts().enters(name)
    ana.sees_in_order(*bodies)
    ana.has_nothing_unsent()
    ben.sees_in_order(*bodies)
    assert keys_sent(ben, *bodies) == keys
    assert not keys_waiting(ana)


def test_messages_on_their_way_outlive_the_server(people: People, database_url: str) -> None:
    people.network_may_fail = True
    with serving(database_url, message_rate="0") as first:
        people.url = first.url
        ana, ben = people.arrive().enters("Ana"), people.arrive().enters("Ben")
        on_their_way = [f"on its way {number}" for number in range(10)]
        ana.says(*on_their_way)
        first.stop(SIGKILL)
        written_after = [f"written after {number}" for number in range(5)]
        ana.says(*written_after)
        ana.sees_unsent(written_after[-1], WAITING)
        ana.is_told_of_trouble()
    with serving(database_url, port=str(first.port), message_rate="0"):
        ana.has_nothing_unsent()
        for person in (ana, ben):
            person.is_connected()
            person.sees_in_order(*on_their_way, *written_after)
        ana.sees_the_same_as_a_fresh_page()
        people.leave()


def test_a_laptop_that_slept_wakes_up_to_a_fresh_page(people: People, computer: Computer, bot: Bot) -> None:
    """Every process of the browser is stopped. (In a real sleep the monotonic clock stops as well; here it goes on.)"""
    ana, ben = computer.starts().enters("Sleepy"), people.arrive().enters("Awake")
    ana.types("half a thought")
    computer.sleeps()
    bot.says("said in the evening")
    ben.leaves()
    people.arrive().enters("Early").page.wait_for_timeout(SLEEP)
    bot.says("said in the morning")
    computer.wakes()
    ana.sees_in_order("said in the evening", "said in the morning")
    ana.sees_offline("Awake")
    ana.is_connected()
    ana.sees_the_same_as_a_fresh_page()
    assert ana.draft() == "half a thought"


@pytest.mark.parametrize(
    ("missed", "same_page"),
    [(RECENT + 100, True), (FAR + RECENT + 100, False)],
    ids=["read from the database", "too much to catch up with"],
)
def test_a_tab_hidden_for_long_is_shown_as_a_fresh_page(
    people: People, database_url: str, tmp_path: Path, missed: int, *, same_page: bool
) -> None:
    """A tab hidden for long is frozen: nothing in it runs, and when it is shown its connection is long gone.

    Playwright keeps every page visible. So what is real here is that the page's process is stopped, the drop and
    all that is said; simulated are `document.hidden` with its event, and the length of the time by how much is said.
    """
    people.network_may_fail = True
    with serving(database_url) as server, FaultyLink(server.port) as link:
        people.url = server.url
        ben = people.arrive().enters("Ben")
        computer = Computer(people, link, tmp_path)
        ana = computer.starts().enters("Hidden")
        marks_the_page(ana, "before")
        turn(ana, hidden=True)
        computer.freezes_pages()
        link.drop()
        with ThreadPoolExecutor(1) as thread:  # Playwright's event loop has this one
            thread.submit(asyncio.run, chatter(database_url, missed)).result()
        ben.sees(f"chatter {missed - 1}")
        computer.thaws_pages()
        turn(ana, hidden=False)
        ana.sees(f"chatter {missed - 1}")
        ana.is_connected()
        ana.sees_the_same_as_a_fresh_page()
        assert (ana.page.locator("html").get_attribute("data-marked") == "before") is same_page
        ana.says("seen again")
        ana.sees("seen again")
        people.leave()


def test_leaving_takes_the_session_from_the_browser(people: People) -> None:
    """The stream says goodbye before the form is answered, and must not keep the answer from arriving."""
    for number in range(3):
        ana = people.arrive().enters(f"Leaver {number}")
        tab = ana.opens_another_tab()
        tab.is_connected()
        ana.leaves()
        tab.is_on_the_landing_page()
        assert not ana.context.cookies()


def test_a_tab_left_open_does_not_speak_as_somebody_else(people: People, link: FaultyLink) -> None:
    ana = people.arrive(through=link).enters("Forgetful")
    tab = ana.opens_another_tab()
    tab.is_connected()
    link.cut()
    ana.is_told_of_trouble()
    ana.says("in the name of Forgetful")
    tab.url = people.url
    ana.context.clear_cookies()
    tab.enters("Successor")
    link.heal()
    ana.is_on_the_landing_page()
    tab.does_not_see("in the name of Forgetful")


def test_who_is_too_fast_waits_and_is_sent_without_help(people: People, database_url: str) -> None:
    with serving(database_url, message_rate="1") as slow:
        people.url = slow.url
        ana, ben = people.arrive().enters("Hasty"), people.arrive().enters("Calm")
        bodies = [f"hasty {number}" for number in range(14)]
        ana.says(*bodies)
        expect(ana.page.locator("#outbox .fate span").first).to_contain_text("Waiting: Too many messages at once.")
        ana.hears(KEPT)
        ana.hears(SENT)
        ben.sees_in_order(*bodies)
        ana.has_nothing_unsent()
        people.leave()


def test_what_waits_is_announced_and_that_it_was_sent(people: People, link: FaultyLink) -> None:
    ana = people.arrive(through=link).enters("Listens")
    link.cut()
    ana.hears("No connection, trying again…")
    ana.says("said in the dark")
    ana.hears(KEPT)
    link.heal()
    ana.hears(SENT)
    ana.sees("said in the dark")


def test_a_page_opens_again_by_itself_when_nothing_comes(people: People, link: FaultyLink, bot: Bot) -> None:
    ana = people.arrive(through=link).enters("Silence")
    with ana.page.expect_websocket(timeout=15_000) as opened:
        link.black_hole()
    assert "view=room" in opened.value.url
    bot.says("said into the hole")
    link.heal()
    ana.sees("said into the hole")
    ana.is_connected()
    ana.sees_the_same_as_a_fresh_page()
