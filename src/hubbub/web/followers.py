"""The followers of one process, by kind, and how a frame reaches all of them.

A frame is encoded once per kind and the same bytes are written to every socket; nothing is awaited per
stream, so a slow one holds up nobody.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import chain

from hubbub.web.follower import Follower
from hubbub.web.frames import Kind

BREATH = 250  # writes between two breaths of the loop: about two milliseconds


class Followers:
    """Sets of followers, one for each kind."""

    def __init__(self) -> None:
        # In the order in which they came: so they lie in memory, and who is written to next is there already.
        self._of: dict[Kind, dict[Follower, None]] = {kind: {} for kind in Kind}
        # The same, kept until somebody comes or goes.
        self._gathered: dict[Kind, tuple[Follower, ...]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __iter__(self) -> Iterator[Follower]:
        return chain.from_iterable(self._of.values())

    def add(self, follower: Follower) -> None:
        """Write to a follower from now on."""
        self._of[follower.kind][follower] = None
        self._gathered.pop(follower.kind, None)

    def discard(self, follower: Follower) -> None:
        """Write to a follower no more, if it is in here."""
        self._of[follower.kind].pop(follower, None)
        self._gathered.pop(follower.kind, None)

    async def tell(self, frame: Callable[[Kind], bytes], rev: int | None = None, *, view: str | None = None) -> None:
        """Write everybody the frame of their kind, or only those of a view.

        One that leads to a revision is for those who lack that. Who comes meanwhile may or may not get it.
        """
        for kind, followers in self._of.items():
            if followers and view in (None, kind.view):
                await self._spread(kind, frame(kind), rev)

    async def _spread(self, kind: Kind, frame: bytes, rev: int | None) -> None:
        """Write one frame to all of a kind. This is done for every delivery: `Follower.tell` is written out."""
        if kind not in self._gathered:
            self._gathered[kind] = tuple(self._of[kind])
        followers = self._gathered[kind]
        for start in range(0, len(followers), BREATH):
            if start:
                await asyncio.sleep(0)
            for follower in followers[start : start + BREATH]:
                if rev is None:
                    follower.write(frame)
                elif follower.rev < rev:
                    follower.write(frame)
                    follower.rev = rev
