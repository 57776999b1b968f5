"""Who has a stream is online, in time and without flicker: one presence for all tabs, through any reload."""

import asyncio
import time

import pytest

from tests.support.clients import Crowd, Stream
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)


async def lobby_of(crowd: Crowd) -> Stream:
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.frame()
    return lobby


async def changes_until(lobby: Stream, last: tuple[str, bool], *others: str) -> list[tuple[str, bool]]:
    """Return what the lobby is told of these people's status, in order, up to the last."""
    changes: list[tuple[str, bool]] = []
    while last not in changes:
        told = [(user["name"], user["online"]) for user in (await lobby.frame())["users"]]
        changes += [change for change in told if change[0] in {last[0], *others}]
    return changes


async def test_a_user_is_online_within_a_second_of_their_first_stream(crowd: Crowd) -> None:
    lobby, ana = await lobby_of(crowd), await crowd.join("Ana")
    begun = time.monotonic()
    await ana.stream()
    await lobby.until(lambda one: one.shows("Ana", online=True))
    assert time.monotonic() - begun < 1


async def test_joining_alone_is_not_yet_being_online(crowd: Crowd) -> None:
    lobby = await lobby_of(crowd)
    await crowd.join("Reader")
    await lobby.until(lambda one: one.shows("Reader", online=False))
    watched = await crowd.join("Watched")
    await watched.stream()
    await lobby.until(lambda one: one.shows("Watched", online=True))
    assert lobby.shows("Reader", online=False)


async def test_a_lobby_stream_makes_nobody_online(crowd: Crowd) -> None:
    lobby, ben = await lobby_of(crowd), await crowd.join("Ben")
    await ben.stream(view="lobby")
    await (await crowd.join("Seen")).stream()
    assert ("Ben", True) not in await changes_until(lobby, ("Seen", True), "Ben")


async def test_the_last_stream_to_close_makes_offline_within_five_seconds(crowd: Crowd) -> None:
    lobby, cem = await lobby_of(crowd), await crowd.join("Cem")
    streams = [await cem.stream() for _ in range(2)]
    await lobby.until(lambda one: one.shows("Cem", online=True))
    seen = lobby.users[cem.user["id"]]["last_seen_at"]
    await streams[0].close()
    begun = time.monotonic()
    await streams[1].close()
    await lobby.until(lambda one: one.shows("Cem", online=False))
    assert time.monotonic() - begun < 5
    assert lobby.users[cem.user["id"]]["last_seen_at"] > seen


async def test_a_connection_that_breaks_is_a_stream_that_closes(crowd: Crowd) -> None:
    lobby, deb = await lobby_of(crowd), await crowd.join("Deb")
    stream = await deb.stream()
    await lobby.until(lambda one: one.shows("Deb", online=True))
    begun = time.monotonic()
    stream.socket.transport.abort()
    await lobby.until(lambda one: one.shows("Deb", online=False))
    assert time.monotonic() - begun < 5


async def test_two_tabs_are_one_presence_and_closing_one_keeps_it(crowd: Crowd) -> None:
    lobby, eva, fay = await lobby_of(crowd), await crowd.join("Eva"), await crowd.join("Fay")
    tabs = [await eva.stream(), await (await crowd.join("eva")).stream()]
    other = await fay.stream()
    await lobby.until(lambda one: one.shows("Eva", online=True) and one.shows("Fay", online=True))
    await tabs[0].close()
    await other.close()  # later, so once this has been seen the first would have been, too
    assert await changes_until(lobby, ("Fay", False), "Eva") == [("Fay", False)]


async def test_a_reload_does_not_flicker(crowd: Crowd) -> None:
    lobby, gus, hal = await lobby_of(crowd), await crowd.join("Gus"), await crowd.join("Hal")
    stream, other = await gus.stream(), await hal.stream()
    await lobby.until(lambda one: one.shows("Gus", online=True) and one.shows("Hal", online=True))
    told: list[tuple[str, bool]] = []
    for number in range(2):
        await stream.close()
        # A page takes its time to load: meanwhile somebody comes and is seen, as Gus would be seen to go.
        await (await crowd.join(f"Witness {number}")).stream()
        told += await changes_until(lobby, (f"Witness {number}", True), "Gus")
        stream = await gus.stream()
    await other.close()  # outlasts the grace that the reloads began
    told += await changes_until(lobby, ("Hal", False), "Gus")
    assert "Gus" not in [name for name, _ in told]


async def test_a_crowd_that_comes_and_goes_is_counted_right(crowd: Crowd) -> None:
    lobby = await lobby_of(crowd)
    people = [await crowd.join(f"Crowd {number}") for number in range(30)]
    streams = await asyncio.gather(*(person.stream() for person in people))
    await lobby.until(lambda one: all(one.shows(f"Crowd {number}", online=True) for number in range(30)))
    await asyncio.gather(*(stream.close() for stream in streams[:20]))
    await lobby.until(lambda one: all(one.shows(f"Crowd {number}", online=False) for number in range(20)))
    listed = await crowd.get("/api/users", limit=200)
    assert listed["online"] == sum(user["online"] for user in listed["users"])
    assert all(lobby.shows(f"Crowd {number}", online=True) for number in range(20, 30))


async def test_history_and_lobby_agree_on_who_is_there(crowd: Crowd) -> None:
    lobby = await lobby_of(crowd)
    ida = await crowd.join("Ida")
    await ida.stream()
    await lobby.until(lambda one: one.shows("Ida", online=True))
    listed = await crowd.get("/api/users", q="ida")
    assert listed["users"] == [lobby.users[ida.user["id"]]]
