"""The supervisor: starts tasks in order, restarts the one that fails, gives up loudly.

One task owns one piece of state; nothing is shared, so a task can be restarted alone ("one for one").
The model is Erlang's supervisor: https://www.erlang.org/doc/system/sup_princ.html
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

import structlog

from hubbub.errors import HubbubError, Unavailable
from hubbub.metrics import TASK_CRASHES

LIMIT = 5  # crashes of all children together …
WITHIN = 30.0  # … in so many seconds are one too many
FIRST_DELAY = 0.05  # seconds before the first restart; doubled with each, until
LAST_DELAY = 1.0
STEADY = 15.0  # seconds a child must run to count as well: more than any single patience of its own

Child = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class GaveUp(HubbubError):
    """Children crashed more often than the limit allows: something is wrong that restarts cannot cure."""


class Supervisor:
    """An async context: inside it the children run, in the order given; they are stopped in reverse.

    A child is a function that runs for ever. An `Unavailable` it raises is an outage, not a fault:
    it is restarted with the same backoff but does not count towards the limit.
    """

    def __init__(self, children: Mapping[str, Child]) -> None:
        self._children = children
        # The running task of each child; absent while it waits for its restart.
        self.running: dict[str, asyncio.Task[None]] = {}
        # Times of the crashes that count, in loop time.
        self._crashes: deque[float] = deque(maxlen=LIMIT)
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        # Done when the supervisor gives up, with `GaveUp`.
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for name in self._children:
            self._keepers.append(asyncio.create_task(self._keep(name), name=f"keeper of {name}"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in reversed(self._keepers):
            keeper.cancel()
            await asyncio.wait([keeper])
        self.failure.cancel()

    def check(self) -> None:
        """Raise `GaveUp` if it gave up."""
        if self.failure.done():
            self.failure.result()

    async def _keep(self, name: str) -> None:
        """Run one child for ever, or until the limit is passed."""
        clock = asyncio.get_running_loop().time
        delay = FIRST_DELAY
        # What was said of the outage: each reason is worth one line, not one per try.
        said: set[str] = set()
        while not self.failure.done():
            began = clock()
            error = await self._run_once(name)
            if clock() - began > STEADY:
                delay = FIRST_DELAY
                said.clear()
            if not isinstance(error, Unavailable):
                self._count_crash(name, error, clock())
            elif error.detail not in said:
                log.warning("task waits", task=name, reason=error.detail)
                said.add(error.detail)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LAST_DELAY)

    async def _run_once(self, name: str) -> BaseException:
        """Run the child in a task of its own until it ends, and return why it did."""
        task = asyncio.ensure_future(self._children[name]())
        self.running[name] = task
        try:
            await asyncio.wait([task])
        finally:
            del self.running[name]
            task.cancel()
            await asyncio.wait([task])
        if task.cancelled():
            return asyncio.CancelledError("killed")
        return task.exception() or HubbubError("the task returned, but should run for ever")

    def _count_crash(self, name: str, error: BaseException, now: float) -> None:
        log.error("task crashed", task=name, exc_info=error)
        TASK_CRASHES.labels(name).inc()
        if len(self._crashes) == LIMIT and now - self._crashes[0] < WITHIN and not self.failure.done():
            self.failure.set_exception(GaveUp(f"{name} and others crashed {LIMIT + 1} times in {WITHIN:.0f} s"))
        self._crashes.append(now)
