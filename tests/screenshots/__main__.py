"""`make screenshots`: plays the scene in a fresh room and takes pictures of all states, for the README as well."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.screenshots.scene import WHOM, Scene
from tests.screenshots.states import EMPTY, HERE, LAST, NEW, PLAIN, ROOM, STATES, State
from tests.support.browsers import browsing
from tests.support.outages import own_postgres
from tests.support.people import DESKTOP, PHONE, People, Person
from tests.support.servers import serving

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-results" / "screenshots"
# What the README shows.
SHOWN = {"room-desktop-light": ROOT / "docs" / "room.png", "room-phone-dark": ROOT / "docs" / "phone.png"}
LARGEST = 150_000  # bytes of a picture in git
FORGET = "sessionStorage.clear(); localStorage.clear()"  # what was begun in a state is no part of the next
DEVICES = {"desktop": DESKTOP, "phone": PHONE}


def main(wanted: set[str]) -> None:
    """Take pictures of all states, or of those whose names are wanted."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        own_postgres() as private,
        serving(private.dsn, message_rate="0", join_rate="0") as server,
        browsing() as browser,
    ):
        _take_all(browser, server.url, wanted)
    for name, place in SHOWN.items():
        if not wanted or name.split("-")[0] in wanted:
            size = (PICTURES / f"{name}.png").stat().st_size
            assert size < LARGEST, f"{name} has {size} bytes"
            shutil.copy(PICTURES / f"{name}.png", place)


def _take_all(browser: Browser, url: str, wanted: set[str]) -> None:
    people = People(browser, url)
    people.network_may_fail = True
    places = [(device, scheme) for device in DEVICES for scheme in ("light", "dark")]
    for device, scheme in places:
        _take(_arrive(people, device, scheme), f"{device}-{scheme}", NEW, wanted)
    viewers = {place: _arrive(people, *place).enters(WHOM) for place in places}
    for (device, scheme), viewer in viewers.items():
        _take(viewer, f"{device}-{scheme}", EMPTY, wanted)
    Scene(people).play()
    for (device, scheme), viewer in viewers.items():
        _take(viewer, f"{device}-{scheme}", STATES, wanted)
    for device, scheme in places:
        plain = _arrive(people, device, scheme, java_script_enabled=False)
        _take(plain.enters(WHOM), f"{device}-{scheme}", PLAIN, wanted)
    for (device, scheme), viewer in viewers.items():
        _take(viewer, f"{device}-{scheme}", LAST, wanted)
    people.leave()


def _arrive(people: People, device: str, scheme: str, **options: bool) -> Person:
    person = people.arrive({**DEVICES[device], "color_scheme": scheme, "reduced_motion": "reduce", **options})
    person.url = person.url.replace(HERE, ROOM)
    return person


def _take(person: Person, suffix: str, states: tuple[State, ...], wanted: set[str]) -> None:
    for name, path, act in states:
        if wanted and name not in wanted:
            continue
        person.visits(path)
        if path == "/room" and person.has_scripts:
            person.is_connected()
        act(person)
        person.page.screenshot(path=PICTURES / f"{name}-{suffix}.png", caret="initial")
        person.page.evaluate(
            "sessionStorage.clear(); localStorage.clear()"
        )  # what was begun here is no part of the next
        print(f"{name}-{suffix}", flush=True)  # noqa: T201 as somebody waits


if __name__ == "__main__":
    main(set(sys.argv[1:]))
