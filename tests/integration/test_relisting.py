"""Beyond its ration the people list lapses: rows are left out, no cursor passes them, and it is shown anew as a whole.

The real parts in the process of the test, without the tasks that would tell something by themselves: the room is told
of what changed when the test says so, and nothing comes by chance.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hubbub.store.database import Database
from hubbub.web import audience as fan_out
from hubbub.web.front_page import PEOPLE
from tests.support.clients import ARRIVAL, HtmlStream, Json, Stream
from tests.support.markup import Page
from tests.support.parts import task
from tests.support.scenes import STORM, Scene, told_by_hand
from tests.support.shown import Shown


@pytest.fixture
async def scene(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with told_by_hand(database, monkeypatch) as scene:
        yield scene


def names(frame: Json) -> list[str]:
    return [user["name"] for user in frame["users"]]


def actions(markup: str) -> list[tuple[str, str]]:
    return [(one["action"], one["target"]) for one in Page(markup).all("turbo-stream")]


async def until_relisted(stream: Stream) -> Json:
    """Take frames until one shows the list anew, and return it."""
    async with asyncio.timeout(ARRIVAL):
        while "relisted" not in (frame := await stream.frame()):
            pass
    return frame


async def until_shown_anew(shown: Shown, stream: HtmlStream) -> None:
    """Apply frames until one has shown the list anew."""
    before = shown.relisted
    async with asyncio.timeout(ARRIVAL):
        while shown.relisted == before:
            shown.apply(await stream.frame())


async def test_every_stream_is_greeted_with_where_the_room_is(scene: Scene) -> None:
    await scene.come("Ana", "Ben")
    stream = await scene.crowd.stream(view="lobby")
    assert await stream.frame() == {"rev": 2, "messages": [], "users": [], "online": 0, "total": 2}
    greeting = await (await scene.html()).frame()
    assert actions(greeting) == [("update", "counts"), ("advance", "room")]
    assert "2 people in all" in greeting
    assert 'rev="2"' in greeting


async def test_calm_room_gets_a_row_for_everybody_who_comes(scene: Scene) -> None:
    stream, html = await scene.json(), await scene.html()
    await html.frame()
    for number in range(1, 6):
        await scene.come(f"calm {number}")
        frame = await stream.frame()
        assert (names(frame), frame["rev"], frame["total"]) == ([f"calm {number}"], number, number)
        assert "relisted" not in frame
        markup = await html.frame()
        assert actions(markup) == [("append", "people"), ("update", "counts"), ("advance", "room")]


async def test_as_many_as_a_window_has_are_rows_and_one_more_is_the_window_itself(scene: Scene) -> None:
    stream = await scene.json()
    await scene.come(*(f"person {number:03}" for number in range(PEOPLE)))
    frame = await stream.frame()
    assert (len(frame["users"]), frame["rev"]) == (PEOPLE, PEOPLE)
    assert "relisted" not in frame
    scene.saves()
    await scene.storm()
    async with task(scene.audience.run):
        frame = await until_relisted(stream)
    assert names(frame) == [f"person {number:03}" for number in range(PEOPLE)]
    assert (frame["rev"], frame["total"]) == (PEOPLE + STORM, PEOPLE + STORM)


async def test_while_rows_are_left_out_counts_come_and_no_rev_passes_them(scene: Scene) -> None:
    await scene.come("Ana")
    stream, html = await scene.json(), await scene.html()
    await html.frame()
    scene.spends()
    await scene.come("Ben")  # one is too many when nothing is saved
    await scene.storm()
    async with task(scene.audience.run):
        assert await stream.frame() == {"rev": 1, "messages": [], "users": [], "online": 0, "total": STORM + 2}
        markup = await html.frame()
        assert actions(markup) == [("update", "counts"), ("advance", "room")]
        assert f"{STORM + 2} people in all" in markup
        assert 'rev="1"' in markup
        assert (await (await scene.crowd.stream(view="lobby")).frame())["rev"] == 1  # nor does a greeting
        await stream.frame()
        assert not stream.users
        scene.saves()
        frame = await until_relisted(stream)
    assert names(frame) == ["Ana", "Ben", *(f"storm {number:03}" for number in range(PEOPLE - 2))]
    assert (frame["rev"], frame["total"]) == (STORM + 2, STORM + 2)
    await scene.come("Cem")  # and rows go on
    await stream.until(lambda one: one.shows("Cem", online=False))
    assert stream.rev == STORM + 3


async def test_message_amid_a_storm_is_told_at_once_and_once(scene: Scene) -> None:
    await scene.come("storm 000")
    ana = await scene.crowd.join("Ana")
    await scene.tell()
    stream = await ana.stream()
    before = (await stream.frame())["rev"]
    scene.spends()
    await scene.storm()
    await scene.say("amid")
    frame = await stream.frame()  # though nothing beats
    assert [message["body"] for message in frame["messages"]] == ["amid"]
    assert (frame["users"], frame["rev"]) == ([], before)
    scene.saves()
    async with task(scene.audience.run):
        assert (await until_relisted(stream))["messages"] == []
    assert stream.rev > before


async def test_page_ends_as_a_fresh_one_through_storms_rows_and_departures(scene: Scene) -> None:
    await scene.storm("early")
    shown = await scene.page()
    stream = await scene.html(shown.cursor)
    async with task(scene.audience.run):
        await until_shown_anew(shown, stream)
        node = await scene.room.node()
        everybody = [user.id for user in (await scene.room.everything()).users]
        await scene.room.roster.attend(node, everybody[::2], [])
        await scene.come("Ana", "storm 007", "zoe")
        await scene.storm()
        scene.saves()
        await until_shown_anew(shown, stream)
        await scene.room.roster.attend(node, [], everybody[:4:2])
        await scene.come("Ben")
        while shown.cursor < scene.audience.latest.rev:
            shown.apply(await stream.frame())
    assert shown.shows(await scene.page())
    assert shown.more


@pytest.mark.parametrize("when", ["while rows are left out", "once the list was shown anew", "much later"])
async def test_stream_that_returns_with_the_last_rev_it_was_told_ends_as_a_fresh_page(scene: Scene, when: str) -> None:
    await scene.storm("early")
    shown = await scene.page()
    stream = await scene.html(shown.cursor)
    async with task(scene.audience.run):
        await until_shown_anew(shown, stream)
        scene.spends()
        await scene.storm("amid")
        shown.apply(await stream.frame())
        await stream.socket.close()
        witness = await scene.json()
        if when == "while rows are left out":
            stream = await scene.html(shown.cursor)
            shown.apply(await stream.frame())
        scene.saves()
        await until_relisted(witness)
        if when == "much later":  # the ring holds nothing of it any more
            for number in range(2):
                scene.saves()
                await scene.come(*(f"later {number} {person:02}" for person in range(PEOPLE)))
        if when != "while rows are left out":
            stream = await scene.html(shown.cursor)
        await until_shown_anew(shown, stream)
        while shown.cursor < scene.audience.latest.rev:
            shown.apply(await stream.frame())
    assert shown.shows(await scene.page())


async def test_page_that_was_made_while_rows_were_left_out_ends_as_a_fresh_one(scene: Scene) -> None:
    scene.spends()
    await scene.storm("early")
    shown = await scene.page()
    await scene.come("Ana")  # left out, and not on that page
    witness = await scene.json()
    async with task(scene.audience.run):
        scene.saves()
        await until_relisted(witness)
        stream = await scene.html(shown.cursor)
        await until_shown_anew(shown, stream)
    assert shown.shows(await scene.page())
    fresh = await scene.page()
    assert actions(await (await scene.html(fresh.cursor)).frame()) == [("update", "counts"), ("advance", "room")]


async def test_list_is_not_shown_anew_while_the_room_is_away(scene: Scene) -> None:
    stream = await scene.json()
    await scene.storm()
    await scene.page()  # so that it could be shown
    await scene.audience.away()
    async with task(scene.audience.run):
        for _ in range(3):
            assert "refused" in await stream.frame()  # any other frame means that the room is back
        await scene.audience.back()
        frame = await until_relisted(stream)
    assert frame["total"] == STORM


@pytest.mark.parametrize("shown_to", ["who returns", "everybody"])
async def test_stream_that_read_ahead_of_the_room_keeps_what_the_list_does_not_have_yet(
    scene: Scene, shown_to: str
) -> None:
    shown = await scene.page()
    async with task(scene.audience.run):
        witness = await scene.json()
        await scene.storm("early")
        await until_relisted(witness)
        if shown_to == "everybody":
            shown = await scene.page()
        for number in range(2):
            scene.saves()
            await scene.come(*(f"later {number} {person:02}" for person in range(PEOPLE)))
        if shown_to == "everybody":
            scene.spends()
            await scene.storm("late")
        await scene.room.enter("Ana")  # of whom nobody here has been told
        stream = await scene.html(shown.cursor)  # too old for the ring: it reads from the database
        while not shown.has("Ana"):
            shown.apply(await stream.frame())
        shown.apply(await stream.frame())  # that it is in
        scene.saves()
        if not shown.relisted:
            await until_shown_anew(shown, stream)
        assert not shown.has("Ana")  # the list is of before she came
        await scene.tell()
        async with asyncio.timeout(ARRIVAL):
            while not shown.shows(await scene.page()):
                shown.apply(await stream.frame())
    assert shown.has("Ana")


async def test_list_that_is_not_known_is_read_and_shown_to_who_needs_it(scene: Scene) -> None:
    await scene.storm("early")
    shown = await scene.page()
    witness = await scene.json()
    async with task(scene.audience.run):
        await until_relisted(witness)
    await scene.come("Ana")
    scene.audience.reset(scene.audience.latest)  # as after a start: nothing is known but where the room is
    stream = await scene.html(1)
    scene.saves()
    async with task(scene.audience.run):
        await until_shown_anew(shown, stream)
    assert shown.shows(await scene.page())
    assert shown.cursor == scene.audience.latest.rev


async def test_page_does_not_wait_for_ever_for_a_room_that_is_not_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "LATE", 0.1)
    await scene.come("Ana")
    assert (await scene.page()).has("Ana")
    await scene.room.enter("Ben")
    shown = await scene.page()
    assert (shown.has("Ben"), shown.cursor) == (False, 1)
    await scene.tell()
    shown = await scene.page()
    assert (shown.has("Ben"), shown.cursor) == (True, 2)


async def test_stream_that_breaks_amid_catching_up_has_passed_nothing_that_was_left_out(scene: Scene) -> None:
    await scene.storm("early")
    shown = await scene.page()
    scene.spends()
    await scene.storm("amid")
    witness = await scene.json()
    async with task(scene.audience.run):
        scene.saves()
        await until_relisted(witness)
        scene.saves()
        await scene.come("Zoe")  # a row again, with a rev beyond all that was left out
        stream = await scene.html(shown.cursor)
        while shown.cursor < scene.audience.latest.rev:
            shown.apply(await stream.frame())
        await stream.socket.close()  # whatever else was on its way
        stream = await scene.html(shown.cursor)
        shown.apply(await stream.frame())
    assert shown.shows(await scene.page())
