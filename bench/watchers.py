"""What two of a throng are told of the others, and how soon: whether everybody is counted who has come."""

import json
import time

from bench.throng import PATIENCE, Throng

WATCHERS = 2


class Watch:
    """What two of a throng are told of the others: the first by JSON, the second by HTML."""

    def __init__(self, throng: Throng) -> None:
        self._throng = throng
        self._program, self._person = throng.streams[:WATCHERS]
        self.online = 0
        self.begin()

    def begin(self) -> None:
        """Begin a new account."""
        self.bytes, self._before = 0, self.online
        # Each count that was told, and when; and when each newcomer was in.
        self._told: list[tuple[float, int]] = []
        self._opened: list[float] = []

    def listen(self, until: float) -> None:
        """Listen until a time, at least to what is there."""
        self._turn(0)
        while (left := until - time.perf_counter()) > 0:
            self._turn(left)

    def until_known(self) -> None:
        """Listen until all who are there are counted, and nobody else."""
        until = time.perf_counter() + PATIENCE
        while self.online != len(self._throng.streams):
            self._turn(0.1)
            assert time.perf_counter() < until, f"{self.online} of {len(self._throng.streams)} are counted"

    def delays(self) -> list[float]:
        """Return after how many seconds each newcomer was in the count that everybody is told."""
        found: list[float] = []
        for told, online in self._told:
            counted = min(online - self._before, len(self._opened))
            found += [max(0.0, told - opened) for opened in self._opened[len(found) : counted]]
        return found

    def _turn(self, patience: float) -> None:
        opened = self._throng.opened
        for stream, piece in self._throng.turn(patience):
            if stream is self._person:
                self.bytes += piece.size
            elif stream is self._program and piece.text:
                self.online = json.loads(piece.text).get("online", self.online)
                self._told.append((time.perf_counter(), self.online))
        self._opened += [time.perf_counter()] * (self._throng.opened - opened)
