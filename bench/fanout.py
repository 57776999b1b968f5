"""Fan-out: what it costs to tell everybody of a message, and how soon they have it, beside the limit and beside peers.

Sides take turns, so whatever else the machine does meets all alike. CPU per delivery is measured with one message at a
time; with more, Hubbub would put several into one frame, and is then measured by itself.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.sides import INSIDE, Side, Start, database, hubbub, limit, ours, peers
from bench.throng import Throng
from tests.support.databases import Databases

STREAMS = (1_000, 5_000, 15_000)
PACED = (1_000, 5_000)  # … of them are also told 20 messages/s, however long each takes
RATE = 20
FLOOD, FLOODED = 200, 5_000  # messages/s to streams
SLOW = 5.0  # seconds until the last has a message: no side is measured any further
CALM = 4  # messages/s to all streams while the API is asked


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    streams: Sequence[int] = STREAMS
    rounds: int = 3
    # Deliveries in one measurement of CPU, seconds of each other phase.
    deliveries: int = 120_000
    seconds: float = 3.0
    # Seconds in which the API is asked.
    asking: float = 10.0
    # Peers take part in the first so many rounds.
    rounds_of_peers: int = 2


QUICK = Effort((1_000, 5_000), 1, 40_000, 0.5, 1.0, rounds_of_peers=0)


@dataclass(frozen=True)
class Spread:
    """What one side did with so many streams in one round."""

    side: str
    streams: int
    # CPU seconds of the server per delivery, and bytes on the wire.
    cpu: float
    bytes: float
    # Seconds until the last has it, for each message: one at a time, and 20 per second.
    alone: list[float]
    paced: list[float]
    # Whether 20 per second were too many.
    is_late: bool


class TooSlow(Exception):
    """A side that would take minutes to be measured."""


def spreads(name: str, side: Side, effort: Effort) -> Iterator[Spread]:
    """Measure one side with more and more streams. Raises `TooSlow` when it has become so."""
    with closing(Throng(side.port, side.speech)) as throng:
        for streams in effort.streams:
            throng.open(streams - len(throng.streams))
            throng.rest(1.0)  # what coming in leaves to be done
            throng.begin()
            throng.say_in_turn(1)
            if (took := throng.latencies()[0]) > SLOW:
                raise TooSlow(f"a message takes {took:.0f} s to reach {streams:,} streams")
            throng.say_in_turn(3)
            spread = spread_to_all(name, side, throng, effort)
            print(f"  {describe(spread)}", flush=True)
            yield spread


def spread_to_all(name: str, side: Side, throng: Throng, effort: Effort) -> Spread:
    """Measure one side with the streams that are open."""
    streams = len(throng.streams)
    throng.begin()
    before = cpu_of(side.process)
    throng.say_in_turn(max(8, effort.deliveries // streams), 2 * effort.seconds)
    cpu = cpu_of(side.process) - before
    deliveries, size, alone = throng.deliveries, throng.bytes, throng.latencies()
    # Who tells everybody one by one cannot tell them more often than that.
    is_late = not name.startswith("Hubbub") and statistics.median(alone) > 1.5 / RATE
    throng.begin()
    if streams in PACED and not is_late:
        throng.say_at(RATE, effort.seconds)
        throng.settle()
    return Spread(name, streams, cpu / deliveries, size / deliveries, alone, throng.latencies(), is_late)


def describe(spread: Spread) -> str:
    """Return it as one line."""
    line = (
        f"{spread.side:22} {spread.streams:6,} streams: {spread.cpu * 1e6:5.1f} µs CPU and {spread.bytes:4.0f} bytes"
        f" per delivery; alone p50 {cut(spread.alone, 50) * 1000:.0f} ms, p99 {cut(spread.alone, 99) * 1000:.0f} ms"
    )
    if spread.is_late:
        return f"{line}; {RATE}/s are too many"
    if spread.paced:
        line += f"; {RATE}/s p50 {cut(spread.paced, 50) * 1000:.0f} ms, p99 {cut(spread.paced, 99) * 1000:.0f} ms"
    return line


def cut(values: Sequence[float], percent: int) -> float:
    """Return a percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def flood(databases: Databases, postgres: Postgres, effort: Effort) -> dict[str, object]:
    """Say more than can be told one by one."""
    with hubbub(databases) as side:
        throng = Throng(side.port, side.speech)
        throng.open(min(FLOODED, effort.streams[-1]))
        throng.rest(1.0)
        throng.begin()
        begun = time.perf_counter()
        before, stored, own = cpu_of(side.process), postgres.cpu, cpu_of(psutil.Process())
        throng.say_at(FLOOD, effort.seconds)
        throng.settle()
        cpu, deliveries = cpu_of(side.process) - before, throng.deliveries
        seconds = time.perf_counter() - begun
        result = {
            "streams": len(throng.streams),
            "rate": FLOOD,
            "cpu": cpu / deliveries,
            "share": cpu / seconds,
            "postgres": (postgres.cpu - stored) / seconds,
            "client": (cpu_of(psutil.Process()) - own) / seconds,
            "latencies": throng.latencies(),
        }
        throng.close()
    p50, p99 = (cut(throng.latencies(), percent) * 1000 for percent in (50, 99))
    told = f"{FLOOD}/s to {len(throng.streams):,} streams"
    print(f"  {told}: {cpu / deliveries * 1e6:.2f} µs per delivery; p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    return result


def api(databases: Databases, directory: Path, effort: Effort) -> dict[str, object]:
    """Ask the API while everybody is served, by a process of its own, and see for how long the loop was blocked."""
    watched = directory / "blocks"
    inside = (*INSIDE, sys.executable, "-m", "bench.watched", str(watched))
    with hubbub(databases, inside=inside) as side:
        throng = Throng(side.port, side.speech)
        throng.open(effort.streams[-1])
        throng.rest(2.0)
        asking = [sys.executable, "-m", "bench.asker", str(side.port), str(effort.asking)]
        with subprocess.Popen(asking, stdout=subprocess.PIPE, text=True) as asker:  # noqa: S603
            # How long an answer takes is the server's, not for how long the asker waits for the core of the reader.
            os.nice(10)
            throng.begin()
            begun = time.perf_counter()
            throng.say_at(CALM, effort.asking)
            throng.settle()
            ended = time.perf_counter()
            assert asker.stdout is not None
            asked: list[float] = json.load(asker.stdout)
        told = [tuple(map(float, line.split())) for line in watched.read_text().splitlines()]
        blocks = [lasted for when, lasted in told if begun < when < ended] or [0.0]
        streams = len(throng.streams)
        throng.close()
    print(f"  asked beside {streams:,} streams: p50 {cut(asked, 50) * 1000:.1f} ms, p99 {cut(asked, 99) * 1000:.1f} ms")
    print(f"  the loop was blocked for {max(blocks) * 1000:.1f} ms at the most", flush=True)
    return {"streams": streams, "rate": CALM, "asked": asked, "blocked": max(blocks)}


def measure(effort: Effort) -> dict[str, object]:
    """Measure all sides in turn."""
    with tempfile.TemporaryDirectory(prefix="hubbub-") as directory, database() as (databases, postgres):
        limited, start_limit = limit(Path(directory))
        others, missing = peers() if effort.rounds_of_peers else ({}, [])
        print("".join(f"{line}\n" for line in missing), end="")
        sides: dict[str, Start] = {**ours(databases), limited: start_limit}
        found: list[Spread] = []
        for number in range(effort.rounds):
            print(f"Fan-out, round {number + 1} of {effort.rounds}", flush=True)
            for name, start in sides.items():
                with start() as side:
                    found.extend(spreads(name, side, effort))
            for name in list(others) if number < effort.rounds_of_peers else ():
                try:
                    with others[name]() as side:
                        found.extend(spreads(name, side, effort))  # what came before a failure stays
                except (TooSlow, OSError, AssertionError) as error:
                    del others[name]
                    missing.append(f"{name} was not measured with more streams, or again: {error}.".partition("\n")[0])
                    print(f"  {missing[-1]}", flush=True)
        return {
            "limit": limited,
            "missing": missing,
            "spreads": [asdict(spread) for spread in found],
            "flood": flood(databases, postgres, effort),
            "api": api(databases, Path(directory), effort),
        }


if __name__ == "__main__":
    make("fanout", measure, Effort(), QUICK)
