"""Fan-out: what it costs to tell everybody of a message, and how soon they have it, beside the limit and beside peers.

Sides take turns, so whatever else the machine does meets all alike. CPU per delivery is measured with one message at a
time; with more, Hubbub would put several into one frame, and is then measured by itself.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.sides import Side, Start, database, hubbub, limit, ours, peers
from bench.throng import Throng
from tests.support.databases import Databases

STREAMS = (1_000, 5_000, 15_000)
PACED = (1_000, 5_000)  # … of them are also told 20 messages/s, however long each takes
RATE = 20
FLOOD, FLOODED = 200, 5_000  # messages/s to streams
CALM = 4  # messages/s to all streams while the API is asked


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    streams: Sequence[int] = STREAMS
    rounds: int = 3
    # Deliveries in one measurement of CPU, seconds of each other phase.
    deliveries: int = 120_000
    seconds: float = 3.0
    with_peers: bool = True


QUICK = Effort((1_000, 5_000), 1, 40_000, 1.0, with_peers=False)


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


def spreads(name: str, side: Side, effort: Effort) -> list[Spread]:
    """Measure one side with more and more streams."""
    throng, done = Throng(side.port, side.speech), []
    for streams in effort.streams:
        throng.open(streams - len(throng.streams))
        throng.rest(1.0)  # what coming in leaves to be done
        throng.begin()
        throng.say_in_turn(3)
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
        spread = Spread(name, streams, cpu / deliveries, size / deliveries, alone, throng.latencies(), is_late)
        print(f"  {describe(spread)}", flush=True)
        done.append(spread)
    throng.close()
    return done


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


def api(databases: Databases, effort: Effort) -> dict[str, object]:
    """Ask the API while everybody is served, by a process of its own, and see how long the loop is not free."""
    with hubbub(databases) as side:
        throng = Throng(side.port, side.speech)
        throng.open(effort.streams[-1])
        throng.rest(1.0)
        before = delays(side.port)
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "bench.asker", str(side.port), str(effort.seconds)],
            stdout=subprocess.PIPE,
            text=True,
        ) as asker:
            throng.begin()
            throng.say_at(CALM, effort.seconds)
            throng.settle()
            asked: list[float] = []
            assert asker.stdout is not None
            asked = json.load(asker.stdout)
        after = delays(side.port)
        late = [bound for bound, count in after.items() if count > before.get(bound, 0)]
        streams = len(throng.streams)
        throng.close()
    print(f"  asked beside {streams:,} streams: p50 {cut(asked, 50) * 1000:.1f} ms, p99 {cut(asked, 99) * 1000:.1f} ms")
    print(f"  the loop was late by at most {late[-1]} s")
    return {"streams": streams, "rate": CALM, "asked": asked, "late_by_at_most": late[-1]}


def delays(port: int) -> dict[str, float]:
    """Return how often the loop was late, by upper bound in seconds."""
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = [line.decode().split() for line in answer if line.startswith(b"hubbub_loop_delay_seconds_bucket")]
    counts = {name.partition('le="')[2].rstrip('"}'): float(count) for name, count in lines}
    bounds = list(counts)
    return {bound: counts[bound] - (counts[bounds[at - 1]] if at else 0) for at, bound in enumerate(bounds)}


def measure(effort: Effort) -> dict[str, object]:
    """Measure all sides in turn."""
    with tempfile.TemporaryDirectory(prefix="hubbub-") as directory, database() as (databases, postgres):
        limited, start_limit = limit(Path(directory))
        others, missing = peers() if effort.with_peers else ({}, [])
        sides: dict[str, Start] = {**ours(databases), limited: start_limit, **others}
        found: list[Spread] = []
        for number in range(effort.rounds):
            print(f"Fan-out, round {number + 1} of {effort.rounds}", flush=True)
            for name, start in sides.items():
                with start() as side:
                    found += spreads(name, side, effort)
        print("".join(f"  {line}\n" for line in missing), end="")
        return {
            "limit": limited,
            "missing": missing,
            "spreads": [asdict(spread) for spread in found],
            "flood": flood(databases, postgres, effort),
            "api": api(databases, effort),
        }


if __name__ == "__main__":
    make("fanout", measure, Effort(), QUICK)
