"""The database goes away under an open page: it says so, keeps what is written, and goes on by itself."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import WebSocket, expect

from hubbub.store.embedded import PrivatePostgres
from tests.browser.test_accessibility import too_wide
from tests.support.axe import axe_finds_nothing
from tests.support.outages import own_postgres
from tests.support.people import ARRIVAL, PHONE, People, Person
from tests.support.servers import Server, serving


@pytest.fixture
def postgres() -> Iterator[PrivatePostgres]:
    with own_postgres() as private:
        yield private


@pytest.fixture
def server(postgres: PrivatePostgres) -> Iterator[Server]:
    with serving(postgres.dsn, message_rate="0", join_rate="0") as running:
        yield running


def is_told_that_the_room_is_away(person: Person) -> None:
    expect(person.connection).to_have_attribute("data-state", "away", timeout=ARRIVAL)
    expect(person.connection).to_have_text("The room is away, trying again…")
    expect(person.connection).to_be_in_viewport()
    assert not too_wide(person)


def said_by(person: Person) -> list[str]:
    """Return where all that this page sends from now on will be written down."""
    said: list[str] = []

    def note(frame: str | bytes) -> None:
        if "say" in (told := json.loads(frame)):
            said.append(told["say"]["body"])

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    person.page.on("websocket", listen)
    return said


def test_what_is_written_while_the_room_is_away_is_kept_and_sent_once(
    people: People, postgres: PrivatePostgres
) -> None:
    ana, ben, cem = people.arrive(PHONE), people.arrive().enters("Ben"), people.arrive().visits()
    said = said_by(ana)
    ana.enters("Ana")
    ana.says("before")
    ben.sees("before")
    postgres.stop()
    for person in (ana, ben, cem):
        is_told_that_the_room_is_away(person)
    ana.hears("The room is away, trying again…")
    ana.says("meanwhile", "and more")
    ana.sees_unsent("meanwhile", "Waiting for the room…")
    ana.hears("What you wrote is kept, and will be sent later.")
    for person in (ana, ben, cem):
        axe_finds_nothing(person)
    postgres.start()
    for person in (ana, ben, cem):
        person.is_connected()
    ana.hears("What you wrote is sent.")
    ben.sees_in_order("before", "meanwhile", "and more")
    ana.has_nothing_unsent()
    assert said == ["before", "meanwhile", "and more"]
    ana.sees_the_same_as_a_fresh_page()
