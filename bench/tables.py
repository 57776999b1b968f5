"""Tables of what was measured, and of what the model says about the same."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import mean

from bench.fitting import Measured, Phase, per_message
from bench.model import Costs, Setup
from bench.processes import SETTLE
from bench.simulation import simulate

CHECKED = ("calm", "flood", "crowd")


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * lines[0].count(' | ')} --- |", *lines[1:]])


def measurements(measured: Measured) -> Iterator[Sequence[str]]:
    """Yield what each phase cost, on the average of its rounds."""
    yield (
        "processes",
        "phase",
        "streams",
        "messages/s",
        "deliveries/s",
        "CPU per delivery",
        "CPU of all processes",
        ("CPU of PostgreSQL per message"),
        "looks per message and process",
        "bells per message",
        "p50 / p99 to the last",
        "client's CPU",
    )
    for name in ("calm", "flood", "crowd", "full"):
        for workers in (1, 2, 4):
            phases = measured.of(name, workers)
            yield (
                *(str(workers), name, str(phases[0]["streams"])),
                *(f"{each(phases, kind) / (seconds(phases)):,.0f}" for kind in ("messages", "deliveries")),
                f"{used(phases, 'server') / each(phases, 'deliveries') * 1e6:.1f} µs",
                f"{used(phases, 'server') / seconds(phases):.0%}",
                f"{used(phases, 'postgres') / each(phases, 'messages') * 1e3:.2f} ms",
                f"{mean(per_message(p, 'looks') / workers for p in phases):.2f}",
                f"{mean(per_message(p, 'bells') for p in phases):.2f}",
                " / ".join(f"{mean(p['latencies'][cut] for p in phases) * 1e3:.0f} ms" for cut in (0, 1)),
                f"{used(phases, 'client') / seconds(phases):.0%}",
            )


def idle(measured: Measured) -> Iterator[Sequence[str]]:
    """Yield what processes cost that do nothing."""
    yield (
        "idle processes",
        "statements/s",
        "of them polls",
        "statements/s per process",
        "CPU of all",
        "CPU of PostgreSQL",
    )
    for workers in (1, 2, 4, 8):
        phases = measured.of("idle", workers)
        asked = mean(sum(p["statements"].values()) / p["counted_seconds"] for p in phases)
        polls = mean(p["statements"].get("looks", 0) / p["counted_seconds"] for p in phases)
        whole = mean(p["cost"]["seconds"] for p in phases)
        yield (
            *(str(workers), f"{asked:.1f}", f"{polls:.1f}", f"{asked / workers:.1f}"),
            *(f"{used(phases, who) / whole:.1%}" for who in ("server", "postgres")),
        )


def each(phases: Sequence[Phase], kind: str) -> float:
    """Return the average of what was counted."""
    return float(mean(p[kind] for p in phases))


def used(phases: Sequence[Phase], who: str) -> float:
    """Return the average of somebody's CPU seconds."""
    return float(mean(p["cost"][who] for p in phases))


def seconds(phases: Sequence[Phase]) -> float:
    """Return for how long messages were said, on average."""
    return float(mean(p["cost"]["seconds"] for p in phases)) - SETTLE


def checks(measured: Measured, costs: Costs) -> Iterator[Sequence[str]]:
    """Yield what was measured and what the model says, side by side."""
    yield (
        *("processes", "phase", "waits for a core", "looks per message and process", "statements per message"),
        *("CPU of processes", "CPU of PostgreSQL", "p50"),
    )
    for workers in (1, 2, 4):
        for name in CHECKED:
            phases = measured.of(name, workers)
            rate = each(phases, "messages") / seconds(phases)
            wait = used(phases, "waited") / used(phases, "turns")
            outcome = simulate(Setup(workers, phases[0]["streams"], rate, cores=2, wait=wait), costs)
            kinds = {kind for p in phases for kind in p["statements"]} - {"index"}  # which the model leaves out
            statements = mean(sum(per_message(p, kind) for kind in kinds) for p in phases)
            yield (
                *(str(workers), f"{name}, {rate:.0f}/s", f"{wait * 1000:.1f} ms"),
                both(mean(per_message(p, "looks") for p in phases) / workers, outcome.looks / workers / rate, "{:.2f}"),
                both(statements, outcome.statements / rate, "{:.1f}"),
                both(used(phases, "server") / seconds(phases), outcome.all_cpu, "{:.0%}"),
                both(used(phases, "postgres") / seconds(phases), outcome.database_cpu, "{:.0%}"),
                both(mean(p["latencies"][0] for p in phases) * 1000, outcome.p50 * 1000, "{:.0f} ms"),
            )


def both(was: float, says: float, form: str) -> str:
    """Return what was measured, what the model says, and by how much it is wrong."""
    return f"{form.format(was)} → {form.format(says)} ({says / was - 1:+.0%})"
