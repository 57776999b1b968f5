"""Two processes beside one: what a delivery costs, and how many there are when all say what they can.

Server, clients and PostgreSQL share all cores here, so with two cores this shows what a second process costs; what it
brings would take cores of its own.
"""

from dataclasses import dataclass

from bench.figure import make
from bench.meter import cpu_of
from bench.sides import Side, database, hubbub
from bench.throng import Throng

SPEAKERS = 32


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    streams: int = 1_000
    seconds: float = 3.0
    rounds: int = 3


def spread(side: Side, effort: Effort) -> dict[str, float]:
    """Return the CPU seconds per delivery, one message at a time, and the most deliveries per second."""
    processes = [side.process, *side.process.children()]
    throng = Throng(side.port, side.speech)
    throng.open(effort.streams)
    throng.rest(1.0)
    throng.begin()
    before = cpu_of(*processes)
    throng.say_in_turn(40)
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
                with hubbub(databases, inside=(), workers=workers) as side:
                    results.append(spread(side, effort))
                print(
                    f"  {workers} processes: {results[-1]['cpu'] * 1e6:.1f} µs CPU per delivery,"
                    f" {results[-1]['deliveries']:,.0f} deliveries/s at the most",
                    flush=True,
                )
    return {"streams": effort.streams, "processes": found}


if __name__ == "__main__":
    make("together", measure, Effort(), Effort(300, 1.0, 1))
