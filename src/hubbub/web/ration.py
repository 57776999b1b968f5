"""The ration: how much everybody may be told of people coming and going, whatever storm of them there is."""

import time
from collections.abc import Callable

RATE = 3_000  # bytes per second to one person
SAVED = 20_000  # bytes that may come at once after a calm time: about a hundred rows
WINDOW = 10_000  # bytes, about, of a window of the people list: what is left of them in a storm


class Ration:
    """So many bytes per second on average; what is not used is saved, up to a bound.

    A token bucket: https://en.wikipedia.org/wiki/Token_bucket
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._saved = float(SAVED)
        self._counted_at = clock()

    def take(self, size: int) -> bool:
        """Take so many bytes if they are there. What is larger than all that can be saved leaves a debt."""
        now = self._clock()
        self._saved = min(SAVED, self._saved + (now - self._counted_at) * RATE)
        self._counted_at = now
        if self._saved < min(size, SAVED):
            return False
        self._saved -= size
        return True

    def forfeit(self) -> None:
        """Give up what a calm time has saved, but for a window: a storm has begun."""
        self._saved = min(self._saved, WINDOW)
