"""What one process is meant to do, and whether it does: each row is computed from what was measured."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from bench.fanout import FLOODED, cut
from bench.judgement import cpu

Result: TypeAlias = dict[str, Any]
FLAT = 2 * 2**20  # bytes that the second half of a soak may add: what an allocator keeps for itself


@dataclass(frozen=True)
class Target:
    """A figure that has a target."""

    what: str
    measured: float
    # The least or the most that it should be.
    bound: float
    # How a value is written, and what it is multiplied by for that.
    form: str = "{:.1f}"
    factor: float = 1.0
    at_least: bool = False
    # The same figure of the limit, and of peers by name.
    limit: float | None = None
    peers: Iterable[tuple[float, str]] = ()

    @property
    def is_met(self) -> bool:
        """Whether it is what it should be."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def row(self) -> Sequence[str]:
        """Return it as a row of the table."""
        return (
            self.what,
            self._written(self.measured),
            f"{'≥' if self.at_least else '≤'} {self._written(self.bound)}",
            "yes" if self.is_met else "**no**",
            "" if self.limit is None else self._written(self.limit),
            "; ".join(f"{name} {self._written(value)}" for value, name in self.peers),
        )

    def _written(self, value: float) -> str:
        return self.form.format(value * self.factor)


HEADER = ("figure", "Hubbub", "target", "met", "the limit", "cheapest and dearest peer")
US, MS = "{:.2f} µs", "{:.2f} ms"


def fanout(result: Result) -> Iterator[Target]:
    """Yield what is meant of fan-out."""
    limit, sides = result["limit"], {one["side"] for one in result["spreads"]}
    for streams in sorted({one["streams"] for one in result["spreads"]}):
        its = cpu(result, limit, streams)
        others = sorted(
            (cpu(result, side, streams), side)
            for side in sides
            if not side.startswith("Hubbub") and side != limit and is_there(result, side, streams)
        )
        for form in ("HTML", "JSON"):
            what = f"CPU per delivery to {streams:,} streams, {form}: at most 1.6 times the limit"
            mine = cpu(result, f"Hubbub, {form}", streams)
            yield Target(what, mine, 1.6 * its, US, 1e6, limit=its, peers=dict.fromkeys(others[:1] + others[-1:]))
    flood, api = result["flood"], result["api"]
    its = cpu(result, limit, FLOODED)
    to = f"{flood['rate']} messages/s to {flood['streams']:,} streams"
    yield Target(f"{to}: CPU per delivered message, below the limit's", flood["cpu"], its, US, 1e6, limit=its)
    yield Target(f"{to}: p99 to the last", cut(flood["latencies"], 99), 1.0, "{:.2f} s")
    beside = f"while {api['streams']:,} streams are told {api['rate']} messages/s"
    yield Target(f"longest block of the loop {beside}", api["blocked"], 0.020, MS, 1e3)
    yield Target(f"p99 of `GET /api/messages` {beside}", cut(api["asked"], 99), 0.050, MS, 1e3)


def is_there(result: Result, side: str, streams: int) -> bool:
    """Whether a side was measured with so many streams."""
    return any((one["side"], one["streams"]) == (side, streams) for one in result["spreads"])


def sending(result: Result) -> Iterator[Target]:
    """Yield what is meant of sending."""
    for way, what, least in (("streams", "by stream", 10_000), ("API", "through the API", 3_000)):
        rate = median(one["rate"] for one in result[way])
        yield Target(f"messages/s acknowledged {what}", rate, least, "{:,.0f}", at_least=True)


def joining(result: Result) -> Iterator[Target]:
    """Yield what is meant of people who come and go."""
    rush, storm, kill = (result[part] for part in ("rush", "storm", "kill"))
    come, go = storm["come"], storm["go"]
    what = f"one of {rush['people']:,} who come into an empty room, page, stream and presence: CPU"
    yield Target(what, rush["come"]["cpu"], 0.001, MS, 1e3)
    among = f"among {storm['there']:,}, {storm['wanted']:,}/s come and go"
    slower = min(come["rate"], go["rate"])
    yield Target(f"{among}: in fact, per second", slower, 0.98 * storm["wanted"], "{:,.0f}", at_least=True)
    yield Target(f"{among}: CPU of one who comes, with telling all", come["cpu"], 0.001, MS, 1e3)
    told = max(come["bytes"], go["bytes"])
    yield Target(f"{among}: bytes of presence to one person", told, 4096, "{:.1f} KiB/s", 1 / 1024)
    yield Target(f"{among}: age of the counts, at most", max(storm["counted_after"]), 2.0, "{:.2f} s")
    back = f"`kill -9` with {kill['streams']:,} streams"
    yield Target(f"{back}: all are back and have caught up after", kill["start"] + kill["back"], 20.0, "{:.1f} s")
    yield Target(f"{back}: queries", sum(kill["queries"].values()), 99, "{:.0f}")


def memory(result: Result) -> Iterator[Target]:
    """Yield what is meant of memory."""
    yield Target(
        f"memory of an idle stream of {result['streams'][-1][0]:,}", result["each"], 24 * 1024, "{:.1f} KiB", 1 / 1024
    )
    line = result["soak"]
    said, last = line[-1]
    grown = last - next(size for count, size in line if count >= said / 2)
    yield Target(f"the second half of a soak of {said:,} messages adds", grown, FLAT, "{:.1f} MiB", 1 / 2**20)


def pages(result: Result) -> Iterator[Target]:
    """Yield what is meant of pages."""
    for kind, messages in result["messages"].items():
        what = f"page of the room with {kind} messages ({messages}): CPU"
        yield Target(what, median(one["cpu"] for one in result[kind]), 0.0006, MS, 1e3)


def history(result: Result) -> Iterator[Target]:
    """Yield what is meant of questions about a long past."""
    slowest, name = max((asked["p99"], name) for name, asked in result["queries"].items())
    what = f"slowest query with {result['messages']:,} messages and {result['users']:,} users ({name}): p99"
    yield Target(what, slowest, 0.005, MS, 1e3)
    if found := result.get("found"):  # results from before messages could be found have none
        slowest, name = max((asked["p99"], name) for name, asked in found.items())
        what = f"slowest search for words among {result['messages']:,} messages ({name}): p99"
        yield Target(what, slowest, 0.1, MS, 1e3)


def reading(result: Result) -> Iterator[Target]:
    """Yield what is meant of somebody who reads a busy room."""
    busy = f"a browser in a room of {result['rate']} messages/s for {result['seconds']:.0f} s"
    longest = max((one["duration"] for one in result["scripts"]), default=0.0)
    yield Target(f"{busy}: longest script of ours", longest, 50.0, "{:.0f} ms")
    grown = result["after"]["heap"] - result["before"]["heap"]
    yield Target(f"{busy}: memory of the page adds", grown, 2**20, "{:.2f} MiB", 1 / 2**20)
    yield Target(f"{busy}: messages on the page", result["after"]["rows"], 400, "{:.0f}")


def together(result: Result) -> Iterator[Target]:
    """Yield what is meant of two processes."""
    yield Target(
        "deliveries of two processes with a core each, times those of one", gain(result), 1.7, "{:.2f}", at_least=True
    )


def gain(result: Result) -> float:
    """Return how many times as much two processes do in a second of CPU each as one does."""
    one, two = (median(one["cpu"] for one in result["processes"][workers]) for workers in ("1", "2"))
    return float(2 * one / two)


TARGETS: dict[str, Callable[[Result], Iterator[Target]]] = {
    make.__name__: make for make in (fanout, sending, joining, memory, pages, history, together, reading)
}
