"""A crowd of streams that counts what it is told, for a few microseconds each, and what it takes to be told it."""

import asyncio
import random
import statistics
import time
from uuid import uuid4

from bench.wire import Wire, stamps

FILL = "x" * 100  # with the stamp, a message of about 125 characters


class Frame:
    """One frame as a crowd got it: many streams get the same bytes."""

    def __init__(self, frame: bytes) -> None:
        # When the messages in it were said.
        self.stamps = stamps(frame)
        # How many streams got it, and when the last of them did.
        self.arrivals = 0
        self.last = 0.0


class Crowd:
    """Wires that are open, and the account of what they got since it was begun."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.begin()

    def add(self, wire: Wire) -> None:
        """Take in a wire."""
        wire.arrived = self.take
        self.wires.append(wire)

    def begin(self) -> None:
        """Begin a new account."""
        self._frames: dict[bytes, Frame] = {}
        self.bytes = 0

    def take(self, frame: bytes) -> None:
        """Count a frame."""
        known = self._frames.get(frame)
        if known is None:
            known = self._frames[frame] = Frame(frame)
        known.arrivals += 1
        known.last = time.perf_counter()
        self.bytes += len(frame)

    @property
    def writes(self) -> int:
        """How many frames with messages arrived, counted per stream."""
        return sum(frame.arrivals for frame in self._frames.values() if frame.stamps)

    @property
    def deliveries(self) -> int:
        """How many messages arrived, counted per stream."""
        return sum(frame.arrivals * len(frame.stamps) for frame in self._frames.values())

    @property
    def messages(self) -> int:
        """How many messages arrived anywhere."""
        return len({stamp for frame in self._frames.values() for stamp in frame.stamps})

    def latencies(self) -> tuple[float, float]:
        """Return the median and the 99th percentile of the seconds from a send until the last stream had it."""
        last: dict[float, float] = {}
        for frame in self._frames.values():
            for stamp in frame.stamps:
                last[stamp] = max(last.get(stamp, 0.0), frame.last)
        cuts = statistics.quantiles([arrived - sent for sent, arrived in last.items()], n=100)
        return cuts[49], cuts[98]

    async def say_at(self, rate: float, seconds: float) -> None:
        """Say so many messages per second, as people do: each whenever it likes."""
        chance = random.Random(1)  # noqa: S311 as the same schedule for everybody is wanted
        due = time.perf_counter()
        until = due + seconds
        while (due := due + chance.expovariate(rate)) < until:
            await asyncio.sleep(due - time.perf_counter())
            say(chance.choice(self.wires))

    async def say_in_turn(self, speakers: int, seconds: float) -> None:
        """Let some say their next message as soon as they see their last one: as much as there can be."""
        until = time.perf_counter() + seconds
        for wire in self.wires[:speakers]:
            _answer_oneself(self, wire, until)
        await asyncio.sleep(seconds)
        for wire in self.wires[:speakers]:
            wire.arrived = self.take

    def close(self) -> None:
        """End all connections; none may have been lost before."""
        assert not any(wire.lost for wire in self.wires)
        for wire in self.wires:
            wire.close()


def say(wire: Wire) -> str:
    """Say a message that carries the time, and return its key."""
    key = str(uuid4())
    wire.say(key, f"sent at {time.perf_counter():.6f} {FILL}")
    return key


def _answer_oneself(crowd: Crowd, wire: Wire, until: float) -> None:
    key = say(wire)

    def arrived(frame: bytes) -> None:
        nonlocal key
        crowd.take(frame)
        if key.encode() in frame and time.perf_counter() < until:
            key = say(wire)

    wire.arrived = arrived
