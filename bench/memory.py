"""Memory: what an idle stream weighs, and whether many messages leave anything behind."""

from dataclasses import dataclass

from bench.figure import make
from bench.sides import Side, database, hubbub
from bench.throng import Throng

SETTLE = 3.0  # seconds for what comes in to be put in order
SPEAKERS = 32
POINTS = 20  # of the line


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    streams: tuple[int, ...] = (0, 1_000, 5_000, 10_000, 15_000)
    messages: int = 72_000  # what twenty per second say in an hour


QUICK = Effort((0, 2_000), 2_000)


def streams(side: Side, effort: Effort) -> list[tuple[int, int]]:
    """Return the resident bytes with so many idle streams."""
    throng, line = Throng(side.port, side.speech), []
    for count in effort.streams:
        throng.open(count - len(throng.streams))
        throng.rest(SETTLE)
        line.append((count, resident(side)))
        print(f"  {count:6,} streams: {line[-1][1] / 2**20:.1f} MiB", flush=True)
    throng.close()
    return line


def soak(side: Side, effort: Effort) -> list[tuple[int, int]]:
    """Return the resident bytes after so many messages."""
    throng, line, said = Throng(side.port, side.speech), [], 0
    throng.open(SPEAKERS)
    throng.rest(SETTLE)
    while said < effort.messages:
        throng.begin()
        throng.say_on(throng.streams, 5.0, on_the_way=4, most=effort.messages // POINTS)
        assert throng.settle(), "a message is lost"
        said += throng.said
        line.append((said, resident(side)))
    print(f"  {said:,} messages: from {line[0][1] / 2**20:.1f} to {line[-1][1] / 2**20:.1f} MiB", flush=True)
    throng.close()
    return line


def resident(side: Side) -> int:
    """Return the bytes that the server has to itself in memory."""
    return int(side.process.memory_full_info().uss)


def measure(effort: Effort) -> dict[str, object]:
    """Measure both, each on a server of its own."""
    with database() as (databases, _):
        with hubbub(databases) as side:
            idle = streams(side, effort)
        with hubbub(databases) as side:
            line = soak(side, effort)
    (_, empty), (count, full) = idle[0], idle[-1]
    each = (full - empty) / count
    print(f"  {each / 1024:.1f} KiB per idle stream of {count:,}")
    return {"streams": idle, "each": each, "soak": line}


if __name__ == "__main__":
    make("memory", measure, Effort(), QUICK)
