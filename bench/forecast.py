"""From what was measured to what was not: the model is checked, and then asked about many servers and many streams.

Run with `python -m bench.forecast`, after `bench.units` and `bench.processes`: a minute. Writes the tables of
`docs/scaling.md` anew, each between its two marks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import exp
from pathlib import Path

from bench.fitting import Measured, calibrate
from bench.model import Costs, Outcome, Setup
from bench.simulation import LATE, POLL, RENEWAL, TICK, simulate
from bench.tables import checks, idle, measurements, table
from hubbub.room.index import POLL as INDEX
from hubbub.store.database import POOL

PAGE = Path(__file__).parent.parent / "docs/scaling.md"
FULL = 0.8  # of PostgreSQL's cores, or of the time of the room's lock
CONNECTIONS = POOL + 1  # of a process to PostgreSQL at the most: its pool, and its line to the others


def arithmetic(costs: Costs) -> Iterator[Sequence[str]]:
    """Yield what a hundred processes with a million streams come to, by hand."""
    processes, streams, rate, churn = MILLION.processes, MILLION.streams, MILLION.rate, MILLION.churn
    share = streams / processes
    turn = share * (costs.write + costs.byte * costs.message)
    stirred = 2 * churn / processes * TICK
    writes = processes / TICK * (1 - exp(-stirred))
    bells = rate + writes
    looks = min(bells, 1 / turn)
    told = rate * costs.message + 2 * churn * costs.user
    come = streams / 600
    yield "what", "how", "comes to"
    yield "streams of a process", f"{streams:,} / {processes}", f"{share:,.0f}"
    yield "one fan-out", f"{share:,.0f} · {costs.write * 1e6:.1f} µs and the bytes", f"{turn * 1000:.0f} ms"
    yield (
        "presence writes",
        f"{2 * churn:.0f} people/s in ticks of {TICK} s on {processes} processes",
        f"{writes:.0f}/s",
    )
    yield "bells", f"{rate:.0f} messages + {writes:.0f} presence writes", f"{bells:.0f}/s"
    yield "heard", f"{bells:.0f} · {processes - 1}", f"{bells * (processes - 1):,.0f}/s"
    yield (
        "PostgreSQL for bells",
        f"{costs.database_hearing * 1e6:.0f} µs each",
        cores(bells * processes * costs.database_hearing),
    )
    yield (
        "looks of a process",
        f"a bell comes every {1000 / bells:.0f} ms, a fan-out takes {turn * 1000:.0f} ms",
        f"{looks:.0f}/s at most",
    )
    yield "reads", f"{looks:.0f} looks · 2 · {processes}", f"{looks * 2 * processes:,.0f} statements/s at most"
    yield (
        "PostgreSQL for reads",
        f"{costs.database_look * 1e6:.0f} µs per look",
        cores(looks * processes * costs.database_look),
    )
    yield "polls", f"only without a bell for {POLL:.0f} s: now none; idle {processes} · 1", f"{processes}/s when idle"
    yield "the index", f"{processes} · 1 statement / {INDEX} s", f"{processes / INDEX:.0f} statements/s"
    yield "leases", f"{processes} · 2 statements / {RENEWAL} s", f"{2 * processes / RENEWAL:.0f} statements/s"
    yield (
        "out to one stream",
        f"{rate:.0f} · {costs.message:.0f} bytes + {2 * churn:.0f} · {costs.user:.0f} bytes",
        f"{told * 8 / 1000:.0f} kbit/s",
    )
    yield "… of it messages", f"{rate:.0f} · {costs.message:.0f} bytes", f"{rate * costs.message * 8 / 1000:.0f} kbit/s"
    yield (
        "out of a process, of all",
        f"· {share:,.0f}, · {streams:,}",
        f"{told * share * 8 / 1e9:.1f} Gbit/s, {told * streams * 8 / 1e9:,.0f} Gbit/s",
    )
    yield (
        "all come within ten minutes",
        f"{streams:,} / 600 s · {costs.arrival * 1000:.1f} ms",
        f"{come:,.0f}/s, {cores(come * costs.arrival)} of the processes",
    )
    yield "… written to PostgreSQL", f"· {costs.database_presence * 1e6:.0f} µs", cores(come * costs.database_presence)
    yield (
        "… told to half a million",
        f"{come:,.0f}/s · {costs.user:.0f} bytes · 500,000",
        f"{come * costs.user * streams / 2 * 8 / 1e12:.1f} Tbit/s",
    )
    yield "connections to PostgreSQL", f"{processes} · {CONNECTIONS} at the most", f"{processes * CONNECTIONS:,}"


def cores(used: float) -> str:
    """Return CPU seconds per second as cores."""
    return f"{used:.1f} cores"


COLUMNS: dict[str, Callable[[Setup, Outcome], str]] = {
    "processes": lambda setup, _: f"{setup.processes}",
    "streams": lambda setup, _: f"{setup.streams:,}",
    "messages/s": lambda setup, _: f"{setup.rate:,.0f}",
    "come and go/s": lambda setup, _: f"{setup.churn:,.0f}",
    "rows per look": lambda _, o: f"{o.rows / o.looks:.1f}",
    "statements/s": lambda _, o: f"{o.statements:,.0f}",
    "rows/s": lambda _, o: f"{o.rows:,.0f}",
    "bells/s (heard)": lambda _, o: f"{o.bells:,.0f} ({o.hearings:,.0f})",
    "PostgreSQL": lambda _, o: cores(o.database_cpu),
    "lock held": lambda _, o: f"{min(1, o.locked):.0%}",
    "busiest process": lambda _, o: f"{min(1, o.process_cpu):.0%}",
    "out, each and all": lambda s, o: f"{o.bytes * 8 / 1e9 / s.processes:,.2f} and {o.bytes * 8 / 1e9:,.0f} Gbit/s",
    "p50 / p99": lambda _, o: f"{wait(o.p50)} / {wait(o.p99)}",
}


def wait(time: float) -> str:
    """Return a time, or that it is too long."""
    return f"{time * 1000:.0f} ms" if time < LATE else "late"


def sweep(costs: Costs) -> Iterator[Sequence[str]]:
    """Yield what becomes of many setups."""
    yield list(COLUMNS)
    for setup in SWEEP:
        outcome = simulate(setup, costs)
        yield [show(setup, outcome) for show in COLUMNS.values()]


def steps(costs: Costs) -> Iterator[Sequence[str]]:
    """Yield what becomes of one setup with each of the next steps."""
    shown = (
        "statements/s",
        "rows/s",
        "bells/s (heard)",
        "PostgreSQL",
        "busiest process",
        "out, each and all",
        "p50 / p99",
    )
    yield "step", *shown
    for step, setup, changed in STEPS:
        outcome = simulate(setup, replace(costs, **changed))
        yield step, *(COLUMNS[name](setup, outcome) for name in shown)


def limits(costs: Costs) -> Iterator[Sequence[str]]:
    """Yield how far each thing can be driven in steps of a half, and what breaks then."""
    yield "what grows", "while", "holds at", "breaks at", "because"
    for what, meanwhile, begin, setup, changed in LIMITS:
        last, amount = 0.0, begin
        while not (reason := breaks(setup(amount), replace(costs, **changed))):
            last, amount = amount, amount * 1.5
        yield what, meanwhile, f"{last:,.0f}", f"{amount:,.0f}", reason


def breaks(setup: Setup, costs: Costs) -> str:
    """Return what is too much in a setup, nothing if it holds."""
    outcome = simulate(setup, costs)
    if outcome.database_cpu > FULL * setup.cores:
        return f"PostgreSQL uses {outcome.database_cpu:.1f} of {setup.cores} cores"
    if outcome.p99 > LATE and outcome.locked > FULL:
        return f"late: the room's lock is held {min(1, outcome.locked):.0%} of the time"
    if outcome.p99 > LATE:
        return f"late: fan-out, a process uses {min(1, outcome.process_cpu):.0%} of its core"
    return ""


MILLION = Setup(100, 1_000_000, 10, churn=100)
PRESSED = Setup(200, 200_000, 100, churn=100)
SWEEP = [
    *(Setup(1, streams, 10) for streams in (1_000, 10_000, 50_000)),
    *(Setup(processes, 100_000, 20, churn=20) for processes in (10, 20, 50, 100, 200)),
    *(Setup(processes, 1_000_000, 10, churn=100) for processes in (50, 100, 200)),
    *(replace(MILLION, rate=rate) for rate in (100, 1_000)),
]
STEPS: list[tuple[str, Setup, dict[str, float]]] = [
    ("today", PRESSED, {}),
    ("bells by NATS", replace(PRESSED, on_nats=True), {}),
    ("bells carry the changes", replace(PRESSED, carries=True), {}),
    ("… by NATS", replace(PRESSED, carries=True, on_nats=True), {}),
    ("2 read replicas of 16 cores", replace(PRESSED, replicas=2), {}),
    ("20 relays, each for 10 processes: what PostgreSQL sees", replace(PRESSED, processes=20, streams=200), {}),
    ("who comes and goes is told as a count", PRESSED, {"user": 1.0}),
]
DISK = {"lock": 0.003}  # where a commit is on disk after 3 ms
LIMITS: list[tuple[str, str, float, Callable[[float], Setup], dict[str, float]]] = [
    ("streams of one process", "10 messages/s", 8_000, lambda n: Setup(1, int(n), 10), {}),
    ("streams of one process", "100 messages/s", 4_000, lambda n: Setup(1, int(n), 100), {}),
    ("messages/s", "100 processes of 1,000 streams", 500, lambda n: Setup(100, 100_000, n), {}),
    ("messages/s", "… a commit takes 3 ms", 200, lambda n: Setup(100, 100_000, n), DISK),
    ("processes of 1,000 streams", "100 messages/s", 150, lambda n: Setup(int(n), int(n) * 1_000, 100), {}),
    ("come, and go, per second", "100 processes of 1,000 streams", 500, lambda n: Setup(100, 100_000, 10, n), {}),
    ("come, and go, per second", "… a commit takes 3 ms", 50, lambda n: Setup(100, 100_000, 10, n), DISK),
]


def main() -> None:
    """Write all tables."""
    measured = Measured()
    costs, sentence = calibrate(measured)
    parts: dict[str, Callable[[], str]] = {
        "measurements": lambda: f"{table(measurements(measured))}\n\n{measured.circumstances}",
        "idle": lambda: table(idle(measured)),
        "costs": lambda: f"{sentence}\n\n{table(shown(costs))}",
        "checks": lambda: table(checks(measured, costs)),
        "arithmetic": lambda: table(arithmetic(costs)),
        "sweep": lambda: table(sweep(costs)),
        "limits": lambda: table(limits(costs)),
        "steps": lambda: table(steps(costs)),
    }
    for name, make in parts.items():
        text = make()
        print(f"\n{name}\n\n{text}", flush=True)
        PAGE.write_text(put(name, text, PAGE.read_text()))


def put(name: str, text: str, page: str) -> str:
    """Return the page with a text between the marks of that name."""
    begin, end = f"<!-- {name}: made by bench.forecast -->\n", f"<!-- end of {name} -->"
    before, _, rest = page.partition(begin)
    return before + begin + text + "\n" + end + rest.partition(end)[2]


def shown(costs: Costs) -> Iterator[Sequence[str]]:
    """Yield the costs."""
    yield "cost", "µs (bytes)"
    for name, value in vars(costs).items():
        yield name.replace("_", " "), f"{value:.0f} bytes" if name in {"message", "user"} else f"{value * 1e6:,.1f} µs"


if __name__ == "__main__":
    main()
