"""Proves what the supervisor does with children that crash, wait, return, are killed or do not recover."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from hubbub import supervisor as supervision
from hubbub.errors import Unavailable
from hubbub.supervisor import LIMIT, GaveUp, Supervisor

NET = 10.0  # seconds; a net, not a measurement


class Child:
    """Runs for ever, and ends as it is told."""

    def __init__(self, name: str = "child", diary: list[str] | None = None, farewells: int = 0) -> None:
        self._name = name
        self._diary = diary if diary is not None else []
        self._farewells = farewells  # turns of the loop it takes to stop
        self._ends: asyncio.Queue[Exception | None] = asyncio.Queue()
        self._started = asyncio.Condition()
        # Loop times of its starts.
        self.instants: list[float] = []

    @property
    def starts(self) -> int:
        return len(self.instants)

    async def run(self) -> None:
        self._diary.append(f"{self._name} starts")
        async with self._started:
            self.instants.append(asyncio.get_running_loop().time())
            self._started.notify_all()
        try:
            if error := await self._ends.get():
                raise error
        finally:
            for _ in range(self._farewells):
                await asyncio.sleep(0)
            self._diary.append(f"{self._name} stops")

    def end(self, error: Exception | None = None) -> None:
        """Let the running child raise, or return."""
        self._ends.put_nowait(error)

    async def starts_again(self, error: Exception | None = None) -> None:
        """End it and return once it has been started again."""
        before = self.starts
        self.end(error)
        await self.has_started(before + 1)

    async def has_started(self, times: int = 1) -> None:
        """Return once it has been started so many times."""
        async with asyncio.timeout(NET), self._started:
            await self._started.wait_for(lambda: self.starts >= times)


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(supervision, "LAST_DELAY", 0.004)


async def test_children_start_in_order_and_stop_in_reverse_one_after_the_other() -> None:
    diary: list[str] = []
    children = {name: Child(name, diary, farewells=5) for name in "abc"}
    async with Supervisor({name: child.run for name, child in children.items()}) as supervisor:
        await children["c"].has_started()
        assert list(supervisor.running) == ["a", "b", "c"]
    assert diary == ["a starts", "b starts", "c starts", "c stops", "b stops", "a stops"]
    assert not supervisor.running


@pytest.mark.parametrize("error", [RuntimeError("broken"), Unavailable(), None], ids=["crash", "outage", "return"])
async def test_child_that_ends_is_started_again_and_its_siblings_are_left_alone(error: Exception | None) -> None:
    child, sibling = Child(), Child()
    async with Supervisor({"child": child.run, "sibling": sibling.run}) as supervisor:
        await sibling.has_started()
        untouched = supervisor.running["sibling"]
        await child.starts_again(error)
        assert supervisor.running["sibling"] is untouched
        assert not untouched.done()
    assert (child.starts, sibling.starts) == (2, 1)


async def test_child_that_is_killed_is_started_again() -> None:
    child = Child()
    async with Supervisor({"child": child.run}) as supervisor:
        await child.has_started()
        supervisor.running["child"].cancel()
        await child.has_started(2)


async def test_restarts_come_slower_and_slower_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(supervision, "LAST_DELAY", 0.04)
    child = Child()
    async with Supervisor({"child": child.run}):
        await child.has_started()
        for _ in range(4):
            await child.starts_again(Unavailable("away"))
    pauses = [later - earlier for earlier, later in pairwise(child.instants)]
    assert all(pause >= delay - 0.001 for pause, delay in zip(pauses, (0.01, 0.02, 0.04, 0.04), strict=True)), pauses


@pytest.mark.parametrize(("steady", "lines"), [(supervision.STEADY, 1), (-1.0, 3)])
async def test_outage_is_one_line_until_the_child_has_run_steadily(
    monkeypatch: pytest.MonkeyPatch, steady: float, lines: int
) -> None:
    monkeypatch.setattr(supervision, "STEADY", steady)
    child = Child()
    with capture_logs() as logged:
        async with Supervisor({"child": child.run}):
            await child.has_started()
            for _ in range(3):
                await child.starts_again(Unavailable("away"))
    assert logged == lines * [{"event": "task waits", "log_level": "warning", "task": "child", "reason": "away"}]


@pytest.mark.parametrize("error", [RuntimeError("broken"), None], ids=["crash", "return"])
async def test_one_crash_too_many_is_the_end(error: Exception | None) -> None:
    children = Child(), Child()
    async with Supervisor({"one": children[0].run, "other": children[1].run}) as supervisor:
        await children[1].has_started()
        for number in range(LIMIT):
            await children[number % 2].starts_again(error)
        assert not supervisor.failure.done()
        children[LIMIT % 2].end(error)
        async with asyncio.timeout(NET):
            with pytest.raises(GaveUp, match="and others crashed 6 times in 30 s"):
                await supervisor.failure


async def test_crashes_far_apart_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "WITHIN", 0.0)
    child = Child()
    async with Supervisor({"child": child.run}) as supervisor:
        await child.has_started()
        for _ in range(2 * LIMIT):
            await child.starts_again(RuntimeError("broken"))
        assert not supervisor.failure.done()


async def test_outage_is_never_too_long() -> None:
    child = Child()
    async with Supervisor({"child": child.run}) as supervisor:
        await child.has_started()
        for _ in range(4 * LIMIT):
            await child.starts_again(Unavailable())
        assert not supervisor.failure.done()


async def test_crash_is_logged_with_its_cause() -> None:
    child, error = Child(), RuntimeError("broken")
    with capture_logs() as logged:
        async with Supervisor({"child": child.run}):
            await child.has_started()
            await child.starts_again(error)
    assert logged == [{"event": "task crashed", "log_level": "error", "task": "child", "exc_info": error}]


async def test_block_that_fails_stops_the_children_too() -> None:
    diary: list[str] = []
    child = Child("child", diary)
    supervisor = Supervisor({"child": child.run})
    with suppress(KeyError):
        async with supervisor:
            await child.has_started()
            raise KeyError
    assert diary == ["child starts", "child stops"]
