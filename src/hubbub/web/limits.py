"""How much one user or address may ask for. Memory is bounded by who asked in the last ten seconds."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from hubbub.errors import TooMany

WINDOW = 10.0  # seconds of the rate that may come at once
ROUNDING = 0.001  # seconds: what is told in milliseconds is true, and sums of fractions lose nobody a turn


class Rate:
    """So many per second and key on average, and up to ten seconds' worth of them at once.

    The generic cell rate algorithm: per key one number, the time at which its allowance is whole
    again. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """

    def __init__(self, per_second: float, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._what = what
        self._clock = clock
        # When each key's allowance is whole again, in order of its last use.
        self._whole_at: dict[object, float] = {}

    def take(self, key: object) -> None:
        """Count one, or raise `TooMany`, which counts nothing."""
        now = self._clock()
        self._drop_whole(now)
        whole_at = max(self._whole_at.get(key, now), now) + self._interval
        if (wait := whole_at - now - max(WINDOW, self._interval)) > ROUNDING:
            raise TooMany(f"Too many {self._what}. Try again in {math.ceil(wait)} s.", retry_after=round(wait, 3))
        self._whole_at.pop(key, None)
        self._whole_at[key] = whole_at

    def _drop_whole(self, now: float) -> None:
        """Forget up to two keys that are whole again: more than one call can add."""
        for _ in range(2):
            oldest = next(iter(self._whole_at), None)
            if oldest is None or self._whole_at[oldest] > now:
                return
            del self._whole_at[oldest]


class Places:
    """So many at a time per key; 0 for any number."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, key: str) -> Iterator[None]:
        """Hold a place, or raise `TooMany`."""
        if self._most and self._taken[key] >= self._most:
            raise TooMany(f"Too many {self._what} ({self._most}). Close some.", retry_after=WINDOW)
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]


def address_key(host: str) -> str:
    """Return what counts as one address: an IPv6 customer has a whole /64 of them."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else host
