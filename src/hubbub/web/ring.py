"""The ring: the last deliveries, from which a returning stream is served without asking the database.

Deliveries follow each other without a gap, so a cursor within the ring is brought up to date by those after it.
"""

from collections import deque
from collections.abc import Sequence

from hubbub.web.frames import Delivery


class Ring:
    """Holds the last deliveries, as long as they have at most so many rows together."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        # Oldest first; the first begins right after `_start`.
        self._deliveries: deque[Delivery] = deque()
        self._held = 0
        self._start = 0

    def begin(self, rev: int) -> None:
        """Forget everything: the next delivery begins right after this revision."""
        self._deliveries.clear()
        self._held = 0
        self._start = rev

    def add(self, delivery: Delivery) -> None:
        """Hold the delivery that comes right after the last, and let the oldest go."""
        self._deliveries.append(delivery)
        self._held += delivery.changes.size
        while self._held > self._rows:
            oldest = self._deliveries.popleft()
            self._held -= oldest.changes.size
            self._start = oldest.rev

    def since(self, rev: int) -> Sequence[Delivery] | None:
        """Return the deliveries that a cursor lacks, None if it is older than the ring."""
        if rev < self._start:
            return None
        missed: deque[Delivery] = deque()
        for delivery in reversed(self._deliveries):
            if delivery.rev <= rev:
                break
            missed.appendleft(delivery)
        return missed
