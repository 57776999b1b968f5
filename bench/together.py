"""Two processes beside one: how many deliveries a second of CPU is good for.

Two cores that server, clients and PostgreSQL share cannot show what a second core brings. So what is compared is work:
if a delivery costs c1 seconds with one process and c2 with two, a core each would do 1/c1 and 2/c2 deliveries a second.
"""

import os
from dataclasses import dataclass

from bench.figure import make
from bench.meter import cpu_of
from bench.sides import INSIDE, PINNED, Side, database, hubbub
from bench.throng import Throng

SPEAKERS = 32


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    streams: int = 4_000
    messages: int = 40
    seconds: float = 3.0
    rounds: int = 3


def spread(side: Side, effort: Effort) -> dict[str, float]:
    """Return the CPU seconds per delivery, one message at a time, and the most deliveries per second."""
    processes = [side.process, *side.process.children()]
    if PINNED:
        for number, worker in enumerate(side.process.children()):
            worker.cpu_affinity([number % (os.cpu_count() or 1)])
    throng = Throng(side.port, side.speech)
    throng.open(effort.streams)
    throng.rest(1.0)
    throng.say_in_turn(3)
    throng.begin()
    before = cpu_of(*processes)
    throng.say_in_turn(effort.messages)
    cpu = (cpu_of(*processes) - before) / throng.deliveries
    throng.begin()
    throng.say_on(throng.streams[:SPEAKERS], effort.seconds)
    result = {"cpu": cpu, "deliveries": throng.deliveries / effort.seconds}
    assert throng.settle(), "a message is lost"
    throng.close()
    return result


def measure(effort: Effort) -> dict[str, object]:
    """Measure one and two processes in turn."""
    found: dict[str, list[dict[str, float]]] = {"1": [], "2": []}
    with database() as (databases, _):
        for _ in range(effort.rounds):
            for workers, results in found.items():
                inside = INSIDE if workers == "1" else ()
                with hubbub(databases, inside=inside, workers=workers) as side:
                    results.append(spread(side, effort))
                print(
                    f"  {workers} processes: {results[-1]['cpu'] * 1e6:.1f} µs CPU per delivery,"
                    f" {results[-1]['deliveries']:,.0f} deliveries/s at the most",
                    flush=True,
                )
    return {"streams": effort.streams, "processes": found}


if __name__ == "__main__":
    make("together", measure, Effort(), Effort(500, 20, 0.5, 1))
