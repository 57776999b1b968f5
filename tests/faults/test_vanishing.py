"""Clients that vanish without a word, whatever was on its way to them, are found out; who only stumbles is not."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.clients import Crowd
from tests.support.links import FaultyLink
from tests.support.servers import Server

STEP = 100  # messages of 4 KB, so that streams which stop reading so far apart are owed very different amounts
STEPS = 12
FOUND_OUT = 30  # seconds within which a client that vanished is offline


@pytest.fixture
def link(server: Server) -> Iterator[FaultyLink]:
    with FaultyLink(server.port) as faulty:
        yield faulty


@pytest.fixture
async def far(link: FaultyLink) -> AsyncIterator[Crowd]:
    """Everybody who comes through the link."""
    async with Crowd(link.url) as everybody:
        yield everybody


async def test_whoever_vanishes_without_a_word_is_offline_within_thirty_seconds(
    crowd: Crowd, far: Crowd, link: FaultyLink
) -> None:
    talking = await (await crowd.join("Talker")).stream()
    stream = await (await far.join("Swallowed")).stream()
    await stream.frame()
    deaf = [await (await crowd.join(f"Deaf {number}")).stream(narrow=True) for number in range(STEPS)]
    await talking.until(lambda one: one.online == STEPS + 2)
    # Each stops reading at another time. What they are owed then lies in the network, or in the server, or in
    # both: the server must not wait for ever to be rid of it.
    for number, one in enumerate(deaf):
        await one.until(lambda one, rev=talking.rev: one.rev >= rev)  # type: ignore[misc]
        one.socket.transport.pause_reading()
        for count in range(STEP):
            await talking.say(f"{number:02} {count:02} {'x' * 3_990}")
        await talking.until(lambda one, said=STEP * (number + 1): len(one.messages) == said)  # type: ignore[misc]
    link.black_hole()
    vanished = time.monotonic()
    await talking.until(lambda one: one.online == 1, FOUND_OUT)
    assert time.monotonic() - vanished < FOUND_OUT
    for one in deaf:
        one.socket.transport.abort()
    link.heal()


async def test_a_network_that_holds_its_breath_loses_nothing_and_shows_nobody_leaving(
    crowd: Crowd, far: Crowd, link: FaultyLink
) -> None:
    talking, lobby = await (await crowd.join("Talker")).stream(), await crowd.stream(view="lobby", after=0)
    held = await (await far.join("Held")).stream()
    await lobby.until(lambda one: one.shows("Held", online=True))
    link.black_hole()
    await held.say("from the other side")
    for number in range(50):
        await talking.say(f"meanwhile {number}")
    await talking.sees("meanwhile 49")
    assert "from the other side" not in talking.bodies
    link.heal()
    await held.sees("meanwhile 49")
    await talking.sees("from the other side")
    await held.sees("from the other side")
    assert held.messages == talking.messages
    await lobby.until(lambda one: one.rev >= talking.rev)
    assert lobby.shows("Held", online=True)


async def test_who_is_cut_off_comes_back_with_the_cursor_and_is_complete(
    crowd: Crowd, far: Crowd, link: FaultyLink
) -> None:
    talking, cut = await (await crowd.join("Talker")).stream(), await far.join("Cut")
    before = await cut.stream()
    await talking.say("before")
    await before.sees("before")
    link.cut()
    await before.ends()
    await talking.say("meanwhile")
    await talking.sees("meanwhile")
    link.heal()
    after = await cut.stream(after=before.rev)
    await after.sees("meanwhile")
    assert before.messages | after.messages == talking.messages
