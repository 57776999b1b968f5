"""A storm of people costs everybody little and loses nothing: all end with the list and counts of a fresh page."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack

import pytest

from bench.wire import Wire, open_wire
from hubbub.web.ration import RATE, SAVED
from tests.support.clients import ARRIVAL, Client, Crowd, HtmlStream, Json, Stream
from tests.support.databases import Databases
from tests.support.markup import Element, Page
from tests.support.parts import task
from tests.support.servers import Server, serving
from tests.support.shown import Shown

STORM = 200  # people who come at once
AVERAGE = 4 / 3 * RATE  # bytes per second to one person at the most: a third for counts and cursors without rows
COUNTED = 2.0  # seconds within which the counts are right


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[tuple[Server, Server]]:
    """Two servers of one room, without limits."""
    with databases.fresh() as address, ExitStack() as stack, ThreadPoolExecutor() as threads:
        begin = lambda: stack.enter_context(serving(address, message_rate="0", join_rate="0"))  # noqa: E731
        one, other = [start.result() for start in [threads.submit(begin) for _ in range(2)]]
        yield one, other


class Watcher:
    """A stream all of whose frames are written down."""

    def __init__(self, stream: Stream | HtmlStream) -> None:
        self._socket = stream.socket
        self.frames: list[str] = []
        self._news = asyncio.Event()

    async def watch(self) -> None:
        """Watch for ever."""
        while True:
            self.frames.append(str(await self._socket.recv()))
            self._news.set()

    async def until(self, condition: Callable[[str], object]) -> None:
        """Return once a condition has held for a frame; it is asked for each that came or comes, in their order."""
        seen = 0
        async with asyncio.timeout(ARRIVAL):
            while True:
                while seen < len(self.frames):
                    seen += 1
                    if condition(self.frames[seen - 1]):
                        return
                self._news.clear()
                await self._news.wait()


def told_of_people(frames: list[str]) -> int:
    """Return how many bytes of these frames are about people."""
    return sum(len(frame.encode()) for frame in frames if '"messages":[{' not in frame and 'target="log"' not in frame)


async def come(crowd: Crowd, server: Server, number: int) -> Wire:
    """Join, and open a stream on one of the servers."""
    return await open_wire(server.port, (await crowd.join(f"storm {number:03}")).token)


async def breaks_amid(shown: Shown, stream: HtmlStream) -> None:
    """Follow the storm for a while, and break."""
    while int(shown.counts.split()[0]) < STORM // 3:
        shown.apply(await stream.frame())
    stream.socket.transport.abort()


async def talk(who: Client, watcher: Watcher, storm: "asyncio.Future[list[Wire]]") -> list[Json]:
    """Say one thing after another while the storm lasts, and return what was said."""
    said: list[Json] = []
    while not storm.done():
        posted: Json = (await who.post(f"amid {len(said)}")).json()
        await watcher.until(lambda frame, key=posted["key"]: key in frame)  # type: ignore[misc]
        said.append(posted)
    return said


async def open_page(crowd: Crowd) -> str:
    response = await crowd.http.get("/")
    assert response.status_code == 200
    return response.text


async def everybody(crowd: Crowd) -> list[Element]:
    """Return all rows of the people list, window by window."""
    page = Page(await open_page(crowd))
    rows = page.all("li")
    while page.has("more-people"):
        page = Page((await crowd.http.get(page.one("more-people")["href"], headers={"Accept": "text/html"})).text)
        rows += page.all("li")
    return rows


async def ends_as_a_fresh_page(shown: Shown, stream: HtmlStream, crowd: Crowd) -> None:
    """Apply frames until the page shows what a fresh one does."""
    fresh = Shown(await open_page(crowd))
    async with asyncio.timeout(ARRIVAL):
        while not shown.shows(fresh):
            shown.apply(await stream.frame())


def assert_no_cursor_passes_what_was_left_out(page: str, frames: list[str], rows: list[Element]) -> None:
    """Whatever the page says of its cursor, all that changed up to there is on it, as far as the list goes."""
    shown = Shown(page)
    for frame in frames:
        shown.apply(frame)
        held = {number: rev for number, rev, *_ in shown.rows}
        known = [row for row in rows if int(row["data-rev"]) <= shown.cursor and shown.has_room_for(row)]
        assert [row["id"] for row in known if held.get(row["id"]) != row["data-rev"]] == []


def assert_no_rev_passes_what_was_left_out(frames: list[Json], rows: list[Element]) -> None:
    """Whoever asks again with what a program was told lacks nobody, until it is told that the list begins anew."""
    held = dict[str, str]()
    for frame in frames:
        if "relisted" in frame:
            break
        held |= {f"u{user['id']}": str(user["rev"]) for user in frame["users"]}
        known = [row for row in rows if int(row["data-rev"]) <= frame["rev"]]
        assert [row["id"] for row in known if held.get(row["id"]) != row["data-rev"]] == []


async def test_storm_costs_everybody_little_and_all_end_with_a_fresh_page(servers: tuple[Server, Server]) -> None:
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(Crowd(server.url)) for server in servers]
        first, _ = crowds
        speaker = await first.join("Speaker")
        page = await open_page(first)
        after = Shown(page).cursor
        program, person = Watcher(await speaker.stream(after=after)), Watcher(await speaker.html_stream(after=after))
        for watcher in (program, person):
            await stack.enter_async_context(task(watcher.watch))
        breaking = [(Shown(page), await speaker.html_stream(after=after)) for _ in crowds]
        await program.until(lambda frame: json.loads(frame)["online"] == 1)

        begun = time.monotonic()
        storm = asyncio.gather(*(come(first, servers[number % 2], number) for number in range(STORM)))
        talking = asyncio.create_task(talk(speaker, program, storm))
        await asyncio.gather(*(breaks_amid(shown, stream) for shown, stream in breaking))
        for wire in await storm:
            stack.callback(wire.close)
        came = time.monotonic()
        await program.until(lambda frame: json.loads(frame)["online"] == STORM + 1)
        counted = time.monotonic() - came
        said = await talking

        for (shown, _), crowd in zip(breaking, crowds, strict=True):
            returned = await crowd.stream(after=shown.cursor, form="html", headers=speaker.headers)
            await ends_as_a_fresh_page(shown, HtmlStream(returned.socket), crowd)
        fresh = Shown(await open_page(first))
        shown = Shown(page)
        await person.until(lambda frame: shown.apply(frame).shows(fresh))
        took = time.monotonic() - begun

        for watcher in (program, person):
            assert told_of_people(watcher.frames) <= SAVED + AVERAGE * took
        assert counted < COUNTED
        assert shown.relisted
        frames = [json.loads(frame) for frame in program.frames]
        told = [message["id"] for frame in frames for message in frame["messages"]]
        assert told == [message["id"] for message in said]
        rows = await everybody(first)
        assert len(rows) == STORM + 1
        assert_no_cursor_passes_what_was_left_out(page, person.frames, rows)
        assert_no_rev_passes_what_was_left_out(frames, rows)


async def test_whoever_comes_to_a_calm_room_is_told_as_a_row(crowd: Crowd) -> None:
    lobby = await crowd.stream(view="lobby")
    for number in range(5):
        client = await crowd.join(f"calm {number}")
        for wanted in (False, True):
            if wanted:
                await client.stream()
            while not (frame := await lobby.frame())["users"]:
                pass
            assert [(user["id"], user["online"]) for user in frame["users"]] == [(client.user["id"], wanted)]
            assert frame["rev"] == frame["users"][0]["rev"]
            assert "relisted" not in frame
