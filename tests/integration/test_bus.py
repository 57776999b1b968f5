"""One contract, three buses: within a process, on PostgreSQL and on NATS. All but the first lead out of it."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from structlog.testing import capture_logs

from hubbub.bus import nats, postgres, shared
from hubbub.bus.local import LocalBus
from hubbub.bus.shared import SharedBus
from hubbub.errors import Unavailable
from hubbub.supervisor import Supervisor
from tests.support.buses import Notes, Place, heard, listening, make, nats_place, postgres_place, silent
from tests.support.clients import ARRIVAL
from tests.support.nats import Cluster
from tests.support.parts import task

RING = """
import asyncio, sys
from tests.support.buses import make

async def main():
    bus = make(*sys.argv[1:])
    bus.ring()
    await bus.run()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with TemporaryDirectory(prefix="hubbub-") as directory, Cluster(Path(directory), 1) as cluster:
        yield cluster


@pytest.fixture(params=["postgres", "nats"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "postgres":
        with postgres_place(request.getfixturevalue("database_url")) as place:
            yield place
    else:
        with nats_place(request.getfixturevalue("cluster")) as place:
            yield place


@pytest.fixture(params=["local", "postgres", "nats"])
def lonely(request: pytest.FixtureRequest) -> LocalBus:
    """A bus of each sort that is not connected with any other."""
    nowhere = {"postgres": "postgresql://nobody@127.0.0.1:1/none", "nats": "nats://127.0.0.1:1"}
    return LocalBus() if request.param == "local" else make(request.param, nowhere[request.param])


async def test_ring_is_heard_here_without_any_connection(lonely: LocalBus) -> None:
    lonely.ring()
    await heard(lonely)


async def test_patience_ends_a_wait_and_one_ring_ends_one_wait(lonely: LocalBus) -> None:
    lonely.ring()
    lonely.ring()
    await heard(lonely)
    await silent(lonely)


async def test_note_is_passed_on_here_without_any_connection(lonely: LocalBus) -> None:
    notes = Notes(lonely)
    lonely.tell({"left": "somebody"})
    assert notes.taken == [{"left": "somebody"}]
    await silent(lonely)  # a note is no bell


async def test_local_bus_is_connected_with_all_there_are() -> None:
    bus = LocalBus()
    async with task(bus.run):
        await asyncio.sleep(0)
        assert bus.connected


async def test_ring_is_heard_by_all_other_buses(place: Place) -> None:
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(listening(place.bus())) for _ in range(3)]
        for ringer in buses:
            ringer.ring()
            await asyncio.gather(*map(heard, buses))


async def test_ring_is_heard_in_another_process(place: Place) -> None:
    async with listening(place.bus()) as bus:
        program = (sys.executable, "-c", RING, place.sort, place.address)
        other = await asyncio.create_subprocess_exec(*program, stderr=PIPE)
        try:
            await heard(bus)
        finally:
            other.terminate()
            await other.communicate()


async def test_own_ring_comes_back_to_nobody_who_has_heard_it(place: Place) -> None:
    async with listening(place.bus()) as bus, listening(place.bus()) as other:
        bus.ring()
        await heard(bus)
        await heard(other)  # so it has been all the way
        other.ring()
        await heard(bus)
        await silent(bus)


async def test_rings_are_gathered_while_one_is_on_its_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bus, other = place.bus(), place.bus()
    heard_there: list[str] = []
    monkeypatch.setattr(other, "_hear", heard_there.append)
    async with listening(bus), listening(other):
        for _ in range(100):
            for _ in range(100):
                bus.ring()
            await asyncio.sleep(0)
        bus.tell({"the": "end"})  # is sent after all rings
        async with asyncio.timeout(ARRIVAL):
            while '[{"the": "end"}]' not in heard_there:  # noqa: ASYNC110 as the list tells nobody
                await asyncio.sleep(0)
    assert 1 <= heard_there.count(shared.BELL) < 100


async def test_notes_reach_every_process_once_and_in_order(place: Place) -> None:
    sent = [{"left": f"{number} Ünï 😀 {'x' * 80}"} for number in range(500)]  # far more than one sending
    async with listening(place.bus()) as bus, listening(place.bus()) as other:
        here, there = Notes(bus), Notes(other)
        for note in sent:
            bus.tell(note)
        await there.until(lambda taken: len(taken) >= len(sent))
        await silent(other)
    assert there.taken == sent
    assert here.taken == sent


async def test_notes_that_wait_for_a_connection_are_bounded_and_the_newest_are_kept(place: Place) -> None:
    bus = place.bus()
    for number in range(2 * shared.WAITING):
        bus.tell({"number": str(number)})
    async with listening(place.bus()) as other:
        there = Notes(other)
        async with listening(bus):
            await there.until(lambda taken: len(taken) >= shared.WAITING)
    assert [int(note["number"]) for note in there.taken] == list(range(shared.WAITING, 2 * shared.WAITING))


@pytest.mark.parametrize("text", ["{", "[", "7", "null", '"left"', '[7, null, "x"]', "[" * 5_000], ids=lambda t: t[:9])
async def test_what_somebody_else_means_is_passed_over(place: Place, text: str) -> None:
    async with listening(place.bus()) as bus, listening(place.bus()) as other, place.bus()._line() as line:  # noqa: SLF001 as no bus would send it
        notes = Notes(other)
        await line.send(text)
        await line.send('[{"left": "somebody"}]')
        await notes.until(bool)
        assert notes.taken == [{"left": "somebody"}]
        bus.ring()
        await heard(other)


async def test_bus_that_cannot_connect_is_unavailable(lonely: LocalBus) -> None:
    if type(lonely) is LocalBus:
        return
    with pytest.raises(Unavailable, match="cannot connect"):
        await asyncio.wait_for(lonely.run(), ARRIVAL)


async def test_bus_that_is_cut_is_unavailable(place: Place) -> None:
    bus = place.bus()
    running = asyncio.create_task(bus.run())
    await heard(bus)
    place.link.drop()
    with pytest.raises(Unavailable, match="lost"):
        await asyncio.wait_for(running, ARRIVAL)
    assert not bus.connected


@pytest.mark.parametrize("stirs", [True, False], ids=["when it sends", "when it has been silent"])
async def test_bus_that_leads_nowhere_is_noticed(place: Place, stirs: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 as pytest gives it
    monkeypatch.setattr(shared, "CHECK", 0.1)
    for module in (nats, postgres):
        monkeypatch.setattr(module, "PATIENCE", 1)
    bus = place.bus()
    running = asyncio.create_task(bus.run())
    await heard(bus)
    place.link.black_hole()
    if stirs:
        bus.ring()
    with pytest.raises(Unavailable, match="lost"):
        await asyncio.wait_for(running, ARRIVAL)
    place.link.heal()


async def test_bus_that_has_nothing_to_say_stays_connected(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "CHECK", 0.01)
    async with listening(place.bus()) as bus, place.bus()._line() as line:  # noqa: SLF001 as it is checked by itself too
        for _ in range(3):
            await line.check()
        await silent(bus)  # that was several checks
        assert bus.connected


async def test_bus_that_is_away_comes_back_by_itself_and_says_so_once(place: Place) -> None:
    one, other = place.bus(), place.bus()
    tries = {one: 0, other: 0}

    def run(bus: SharedBus) -> Awaitable[None]:
        tries[bus] += 1
        return bus.run()

    with capture_logs() as logged:
        async with Supervisor({"one": partial(run, one), "other": partial(run, other)}) as supervisor:
            await asyncio.gather(heard(one), heard(other))
            place.link.cut()
            async with asyncio.timeout(ARRIVAL):
                # It is lost, and then cannot connect, again and again.
                while min(tries.values()) < 5:  # noqa: ASYNC110 as above
                    await asyncio.sleep(0.01)
            assert not one.connected
            place.link.heal()
            # Rings may have been missed: each bell rings here as soon as it is back.
            await asyncio.gather(heard(one), heard(other))
            one.ring()
            await heard(other)
            assert not supervisor.failure.done()
    assert 2 <= len(reasons(logged, "one")) <= 3, logged
    assert sum(line["event"] == "bus connected" for line in logged) == 4


def reasons(logged: Sequence[Mapping[str, object]], name: str) -> list[object]:
    """Return what was said of the outage of a bus."""
    return [line["reason"] for line in logged if line["event"] == "task waits" and line["task"] == name]
