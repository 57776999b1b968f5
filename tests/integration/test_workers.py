"""Proves that several processes on one port are one server: whoever is killed, the others go on, and nobody is left."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest

from hubbub.errors import Unavailable
from hubbub.workers import Worker
from tests.support.clients import ARRIVAL, Crowd, Stream
from tests.support.databases import Databases
from tests.support.metrics import scrape
from tests.support.parts import eventually
from tests.support.processes import lives, postmaster
from tests.support.servers import Server, serving
from tests.support.workers import LOOK, all_gone, held_by, streams_on_each, until, workers_of


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """A parent with two workers on a given database."""
    with (
        databases.fresh() as address,
        serving(address, workers="2", message_rate="0", streams_per_address="0") as running,
    ):
        yield running


async def replaced(server: Server, killed: int) -> list[psutil.Process]:
    """Return the workers once there are two again, and both are ready."""
    ready = len([line for line in server.logged if "worker ready" in line])
    os.kill(killed, signal.SIGKILL)
    await until(lambda: len([line for line in server.logged if "worker ready" in line]) > ready)
    workers = workers_of(server)
    assert len(workers) == 2
    assert killed not in [worker.pid for worker in workers]
    return workers


def test_one_line_says_where_all_workers_are(server: Server) -> None:
    assert server.said == [f"Hubbub is at http://127.0.0.1:{server.port} (Ctrl-C stops it)\n"]
    assert len(workers_of(server)) == 2


async def test_people_on_different_workers_see_one_order(server: Server, crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    streams = list((await streams_on_each(server, ana)).values())
    said = [(number, await stream.say(f"{number}")) for number in range(30) for stream in streams]
    keys = {key for _, key in said}
    for stream in streams:
        await stream.until(lambda one: keys <= {message["key"] for message in one.messages.values()})
    seen = [[message["key"] for message in ordered(stream) if message["key"] in keys] for stream in streams]
    assert seen[0] == seen[1]


def ordered(stream: Stream) -> list[dict[str, object]]:
    return [stream.messages[number] for number in sorted(stream.messages)]


async def test_newcomers_are_spread_over_the_workers(server: Server, crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    streams = await asyncio.gather(*(ana.stream() for _ in range(200)))
    ports = {stream.socket.local_address[1] for stream in streams}
    shares = [len(ports & held_by(worker)) for worker in workers_of(server)]
    assert sum(shares) == 200
    assert min(shares) >= 25, shares  # where nobody rests one worker has been seen to take 197


async def test_leaving_ends_the_tabs_on_every_worker_without_grace(server: Server, crowd: Crowd) -> None:
    eve = await crowd.join("Eve")
    tabs = await streams_on_each(server, eve)
    lobby = await crowd.stream(view="lobby", after=0)
    await lobby.until(lambda one: one.shows("Eve", online=True))
    begun = asyncio.get_running_loop().time()
    await crowd.http.post("/leave", headers=eve.headers)
    assert [await tab.ends() for tab in tabs.values()] == [(4401, "You have left.")] * 2
    await lobby.until(lambda one: one.shows("Eve", online=False))
    assert asyncio.get_running_loop().time() - begun < 2  # the grace of a reload, which does not apply


async def test_worker_that_stands_still_hurts_only_its_own_streams(server: Server, crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    streams = await streams_on_each(server, ana)
    (paused, waiting), (_, other) = streams.items()
    os.kill(paused, signal.SIGSTOP)
    try:
        newcomers = await asyncio.gather(*(ana.stream() for _ in range(20)))
        await other.say("while one stands still")
        for stream in (other, *newcomers):
            await stream.sees("while one stands still")
    finally:
        os.kill(paused, signal.SIGCONT)
    await waiting.sees("while one stands still")


async def test_killed_worker_is_replaced_and_only_its_streams_end(server: Server, crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    streams = await streams_on_each(server, ana)
    (killed, ended), (_, other) = streams.items()
    workers = await replaced(server, killed)
    assert (await ended.ends())[0] == 1006
    again = await ana.stream(after=ended.rev)
    await again.say("I am back")
    for stream in (again, other):
        await stream.sees("I am back")
    assert len(await streams_on_each(server, ana)) == len(workers)
    assert len(server.said) == 1  # where it is has been said


async def test_one_scrape_tells_of_all_workers(server: Server, crowd: Crowd) -> None:
    async def holds(streams: int) -> bool:
        return (await scrape(crowd.http))["hubbub_streams"] == streams

    await eventually(partial(holds, 0))  # of the tests before this
    before = await scrape(crowd.http)
    ana = await crowd.join("Ana")
    (killed, ended), (_, other) = (await streams_on_each(server, ana)).items()
    await eventually(partial(holds, 2))
    for body, stream in (("by one", ended), ("by the other", other)):
        await stream.say(body)
        await stream.sees(body)
    told = await scrape(crowd.http)
    assert told["hubbub_writer_batch_messages_sum"] == before["hubbub_writer_batch_messages_sum"] + 2
    assert told["hubbub_bus_connected"] == 1
    await replaced(server, killed)
    await eventually(partial(holds, 1))
    after = await scrape(crowd.http)
    assert after["hubbub_writer_batch_messages_sum"] == told["hubbub_writer_batch_messages_sum"]
    assert crashes(after) == crashes(before) + 1


def crashes(told: dict[str, float]) -> float:
    return sum(number for name, number in told.items() if name.startswith("hubbub_task_crashes_total"))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(mkdtemp(prefix="hubbub-"))
    yield directory
    shutil.rmtree(directory)


def insist(server: Server) -> int | None:
    """Press Ctrl-C, once more; return its exit status once it has ended."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
    return server.process.returncode


async def test_private_database_belongs_to_the_parent_and_ends_with_it(data_dir: Path) -> None:
    with serving(None, data_dir, workers="2") as server:
        database = postmaster(data_dir)
        async with Crowd(server.url) as crowd:
            ana = await crowd.join("Ana")
            (killed, _), (_, other) = (await streams_on_each(server, ana)).items()
            workers = await replaced(server, killed)
            assert postmaster(data_dir) == database
            await other.say("still here")
            await other.sees("still here")
        await until(lambda: insist(server) is not None)
        assert server.stop() == 0, server.logged
        assert not [one for one in (database, *(worker.pid for worker in workers)) if lives(one)]
        assert not [line for line in server.logged if "Traceback" in line], server.logged


async def test_workers_end_with_a_parent_that_is_killed(database_url: str) -> None:
    with serving(database_url, workers="2") as server:
        workers = workers_of(server)
        async with Crowd(server.url) as crowd:
            streams = await streams_on_each(server, await crowd.join("Ana"))
            server.process.kill()
            assert [(await stream.ends())[0] for stream in streams.values()] == [1012] * 2
        await all_gone(workers)
        assert not [line for line in server.logged if "Traceback" in line], server.logged


async def test_parent_whose_workers_cannot_stay_up_gives_up_loudly(database_url: str) -> None:
    killed: set[int] = set()
    with serving(database_url, workers="2") as server:
        async with asyncio.timeout(ARRIVAL):
            while server.process.poll() is None:
                for worker in workers_of(server):
                    killed.add(worker.pid)
                    worker.kill()
                await asyncio.sleep(LOOK)
        assert server.stop() == 1
        assert server.logged[-1].startswith("hubbub: worker "), server.logged
        assert not [pid for pid in killed if lives(pid)]


async def test_worker_that_lacks_its_database_waits_for_it_and_is_no_fault() -> None:
    order = {"database_url": "postgresql://nobody@127.0.0.1:1/none"}
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(Unavailable):
        await Worker(order, listening).run()


async def test_worker_that_is_dismissed_is_not_started_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker = Worker({}, listening)
        worker.dismiss()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.run(), 0.01)
        await worker.ended()
