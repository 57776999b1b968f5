"""Proves that the room goes on when any of its tasks is killed, and ends loudly when they do not stay up.

The real parts, put together as a server has them, in the process of the test: so their tasks can be killed.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest

from hubbub.assembly import put_together, serve
from hubbub.bus.postgres import PostgresBus
from hubbub.settings import load
from hubbub.store.database import Database
from hubbub.supervisor import LIMIT, Child, GaveUp
from tests.support.clients import ARRIVAL, Crowd, Stream

TASKS = ["bus", "writer", "audience", "feed", "presence", "pulse", "typing", "vitals", "index"]


class Stage:
    """A server in this process whose tasks can be seen and killed."""

    def __init__(self) -> None:
        self.url = ""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = asyncio.Condition()

    def watched(self, name: str, child: Child) -> Child:
        """Return the child as it is, except that its task is known here."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            async with self._started:
                self._tasks[name] = task
                self._started.notify_all()
            await child()

        return run

    async def kill(self, name: str) -> None:
        """Kill a task and return once the supervisor has started another in its place."""
        async with asyncio.timeout(ARRIVAL), self._started:
            await self._started.wait_for(lambda: name in self._tasks)
            self._tasks.pop(name).cancel()
            await self._started.wait_for(lambda: name in self._tasks)


@asynccontextmanager
async def staged(database_url: str) -> AsyncIterator[tuple[Stage, "asyncio.Task[None]"]]:
    """Serve a room in this process; also lends what serves, to see how it ends."""
    database, stage, stop = Database(database_url), Stage(), asyncio.Event()
    parts = await put_together(load({"message_rate": "0"}), database, database, PostgresBus(database_url))
    assert list(parts.children) == TASKS
    parts.children = {name: stage.watched(name, child) for name, child in parts.children.items()}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stage.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(serve(parts, listening, stop, shares_port=False))
        try:
            yield stage, serving
        finally:
            stop.set()
            with suppress(GaveUp):
                await serving
            await database.close()


async def sees_online(stream: Stream, user_id: int) -> None:
    await stream.until(lambda one: one.users.get(user_id, {}).get("online"))


async def gets_through(stream: Stream, body: str) -> None:
    """Say something again, with its key, until it has come back, as every client does."""
    key = uuid4()
    while body not in stream.bodies:
        await stream.say(body, key)
        await answer(stream, body, len(stream.refusals))


async def answer(stream: Stream, body: str, refused: int) -> None:
    await stream.until(lambda one: body in one.bodies or len(one.refusals) > refused)


@pytest.mark.parametrize("name", TASKS)
async def test_room_goes_on_when_a_task_is_killed(name: str, database_url: str) -> None:
    async with staged(database_url) as (stage, serving), Crowd(stage.url) as crowd:
        ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
        ana_stream, ben_stream = await ana.stream(), await ben.stream()
        await ana_stream.say("before")
        await ben_stream.sees("before")
        await stage.kill(name)
        await ana_stream.say("after")
        message = await ben_stream.sees("after")
        assert message in (await crowd.get("/api/messages"))["messages"]
        cleo = await crowd.join("Cleo")
        await cleo.stream()
        await sees_online(ben_stream, cleo.user["id"])
        assert ben_stream.bodies == ["before", "after"]
        await ben_stream.until(lambda one: one.online == 3)
        assert not serving.done()


async def test_nothing_is_lost_or_doubled_while_task_after_task_is_killed(database_url: str) -> None:
    async with staged(database_url) as (stage, serving), Crowd(stage.url) as crowd:
        ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
        ana_stream, ben_stream = await ana.stream(), await ben.stream()
        said: list[str] = []
        killed = asyncio.Event()

        async def talk() -> None:
            while not killed.is_set() or len(said) < 20:
                said.append(f"message {len(said)}")
                await gets_through(ana_stream, said[-1])

        talking = asyncio.create_task(talk())
        for name in TASKS[:LIMIT]:  # one more would be too many
            await stage.kill(name)
        killed.set()
        await asyncio.wait_for(talking, 2 * ARRIVAL)
        await ben_stream.sees(said[-1])
        assert ben_stream.bodies == ana_stream.bodies == said
        assert not serving.done()


async def test_room_whose_tasks_do_not_stay_up_ends_loudly(database_url: str) -> None:
    async with staged(database_url) as (stage, serving):
        for _ in range(LIMIT):
            await stage.kill("feed")
        with suppress(TimeoutError):
            await asyncio.wait_for(stage.kill("feed"), 0.1)  # which is not started again
        async with asyncio.timeout(ARRIVAL):
            with pytest.raises(GaveUp, match="crashed 6 times"):
                await serving
