"""Without a network people read the last of the conversation, and know that it is that."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

import hubbub
from tests.browser.test_accessibility import too_wide
from tests.support.axe import axe_finds_nothing
from tests.support.links import FaultyLink
from tests.support.people import ARRIVAL, DESKTOP, PHONE, Bot, Options, People, Person
from tests.support.servers import Server, serving

KEPT = "localStorage.getItem('hubbub.kept')"
CACHES = "caches.keys()"
# No event tells a page what another version's worker has put away.
TAKEN_OVER = """async (before) => {
  for (;;) {
    const names = await caches.keys();
    if (names.length === 1 && names[0] !== before) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""


def allowing_workers(device: Options) -> Options:
    return {**device, "service_workers": "allow"}


def is_ready(person: Person) -> None:
    """Wait until the browser has what it needs without a network."""
    person.page.evaluate("navigator.serviceWorker.ready")


def reads_only(person: Person, *bodies: str) -> None:
    """Expect the offline page with these messages last."""
    expect(person.page.get_by_text("The room cannot be reached.")).to_be_in_viewport(timeout=ARRIVAL)
    expect(person.page.get_by_text("to be read only")).to_be_in_viewport()
    person.sees_in_order(*bodies)
    expect(person.messages.last).to_be_in_viewport()
    expect(person.composer).to_have_count(0)
    expect(person.page.get_by_role("link", name="More")).to_have_count(0)


def test_the_last_messages_are_there_without_a_network(people: People, bot: Bot, device: Options) -> None:
    people.network_may_fail = True
    place = str(device["viewport"]["width"])
    ana = people.arrive(allowing_workers(device)).enters(f"Ana {place}")
    said = [f"{place}: {number}" for number in range(3)]
    bot.says(*said)
    ana.sees(*said)
    is_ready(ana)
    ana.goes_offline()
    unsent = [f"{place}: unsent {number}" for number in range(3)]
    ana.says(*unsent)
    ana.sees_unsent(unsent[-1], "Waiting for the connection…")
    ana.reloads()
    reads_only(ana, *said)
    waiting = ana.page.locator("#waiting")
    expect(waiting).to_have_text("3 messages wait to be sent.")
    expect(waiting).to_be_in_viewport()
    expect(ana.messages.last.locator("b")).to_have_text("Bot")
    axe_finds_nothing(ana)
    assert not too_wide(ana)
    bot.says(f"{place}: meanwhile")
    ana.comes_online()
    ana.is_connected()
    ana.sees(*said, f"{place}: meanwhile", *unsent)
    expect(ana.composer).to_be_editable()


def test_the_room_returns_with_the_server_and_all_is_forgotten_on_leaving(
    people: People, bot: Bot, link: FaultyLink
) -> None:
    ana = people.arrive(allowing_workers(DESKTOP), through=link).enters("Ana")
    bot.says("kept")
    ana.sees("kept")
    is_ready(ana)
    tab = ana.opens_another_tab()
    tab.sees("kept")
    link.cut()
    tab.reloads()
    reads_only(tab, "kept")
    expect(tab.page.locator("#waiting")).to_be_hidden()
    ana.says("kept as well")
    expect(tab.page.locator("#waiting")).to_have_text("1 message waits to be sent.")
    link.heal()
    tab.is_connected()
    ana.sees("kept as well")
    ana.has_nothing_unsent()
    ana.leaves()
    tab.is_on_the_landing_page()
    assert ana.page.evaluate(KEPT) is None
    link.cut()
    ana.reloads()
    expect(ana.page.get_by_text("The room cannot be reached.")).to_be_visible()
    expect(ana.messages).to_have_count(0)
    expect(ana.page.get_by_text("to be read only")).to_be_hidden()


def test_a_new_version_takes_the_place_of_the_old_one(people: People, database_url: str, tmp_path: Path) -> None:
    shutil.copytree(Path(hubbub.__file__).parent, tmp_path / "hubbub", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "hubbub/web/static/hubbub.css").open("a") as sheet:
        sheet.write("\n/* newer */\n")
    with serving(database_url) as older:
        people.url = older.url
        ana = people.arrive(allowing_workers(PHONE)).enters("Ana")
        is_ready(ana)
        (before,) = ana.page.evaluate(CACHES)
        older.stop()
    people.network_may_fail = True
    newer = Server({"HUBBUB_DATABASE_URL": database_url, "HUBBUB_PORT": str(older.port), "PYTHONPATH": str(tmp_path)})
    try:
        newer.wait_until_ready()
        ana.reloads()
        ana.is_connected()
        ana.page.evaluate(TAKEN_OVER, before)
        newer.stop()
        ana.reloads()
        expect(ana.page.get_by_text("The room cannot be reached.")).to_be_visible()
        assert before.removeprefix("hubbub-") not in ana.page.content()
    finally:
        newer.stop()
