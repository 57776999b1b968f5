"""The vitals: a task that takes what can only be seen by looking, a few times a second."""

import asyncio
import itertools
from collections.abc import Callable

from hubbub.metrics import FEED_LAG_SECONDS, LOOP_DELAY, TASKS, exposition

LOOK = 0.25  # seconds between two looks
COUNT = 240  # looks between two counts of the tasks, which takes ten milliseconds for 15,000 of them


class Vitals:
    """Watches the process it is in."""

    def __init__(self, feed_lag: Callable[[], float]) -> None:
        """Take what tells how many seconds the feed is behind."""
        self._feed_lag = feed_lag

    async def run(self) -> None:
        """Look for ever."""
        clock = asyncio.get_running_loop().time
        for number in itertools.count():
            due = clock() + LOOK
            await asyncio.sleep(LOOK)
            LOOP_DELAY.observe(max(0.0, clock() - due))
            FEED_LAG_SECONDS.set(self._feed_lag())
            if number % COUNT == 0:
                TASKS.set(len(asyncio.all_tasks()))

    def scrape(self) -> bytes:
        """Return all metrics, as they are now."""
        TASKS.set(len(asyncio.all_tasks()))
        FEED_LAG_SECONDS.set(self._feed_lag())
        return exposition()
