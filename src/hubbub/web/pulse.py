"""The pulse: each stream is asked for a sign of life, a few of them at a time and all with the same frame.

A timer for each stream would cost eight times as much, and leave the collector all that it replaces at each turn.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from hubbub.web.follower import Follower

TURN = 11.0  # seconds: who was asked and is not heard until the next turn is gone, after 22, and offline before 30
PLACES = 220  # in a turn: each of 15,000 streams is asked with 70 others, so that their answers hold up nobody


class Pulse:
    """Asks the streams of this process."""

    def __init__(self) -> None:
        self._places: list[set[Follower]] = [set() for _ in range(PLACES)]
        # Whose turn it was last: who comes now has a whole turn until they are asked.
        self._last = 0

    @contextmanager
    def of(self, follower: Follower) -> Iterator[None]:
        """Ask a follower for as long as this lasts."""
        place = self._places[self._last]
        place.add(follower)
        try:
            yield
        finally:
            place.discard(follower)

    async def run(self) -> None:
        """Ask one place after the other, for ever."""
        while True:
            await asyncio.sleep(TURN / PLACES)
            self._last = (self._last + 1) % PLACES
            for follower in tuple(self._places[self._last]):
                follower.ask()
