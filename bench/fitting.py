"""From what `bench.units` and `bench.processes` measured to the costs that the simulation takes."""

import json
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any, TypeAlias

from bench.meter import RESULTS
from bench.model import Costs

CALIBRATION = (1, 2)  # processes whose runs the costs are fitted to; the others only check them
LOADED = ("calm", "flood", "crowd", "full")
ARRIVING = 100  # people in the phase of arrivals
ROUNDS = 2_000  # of the fit
COPY = 0.5e-9  # seconds that a byte costs at the least, however little of it shows in short frames: assumed

Phase: TypeAlias = Mapping[str, Any]


class Measured:
    """The runs of `bench.processes`, and the units of `bench.units`."""

    def __init__(self) -> None:
        units = self._read("units")
        self.units: dict[str, dict[str, float]] = units["costs"]
        # Bytes of a message and of a user in a frame.
        self.sizes: dict[str, float] = units["sizes"]
        self.phases: list[Phase] = self._read("processes")

    def _read(self, name: str) -> Any:  # noqa: ANN401 as it is what JSON holds
        kept = json.loads((RESULTS / f"{name}.json").read_text())
        self._machine = f"{kept['measured']}, {kept['machine']['cores']} cores, Python {kept['machine']['python']}"
        return kept["result"]

    @property
    def circumstances(self) -> str:
        """When and on what the processes were measured, and how busy that was."""
        loads = [phase["load"] for phase in self.phases]
        return f"Measured on {self._machine}, at load averages from {min(loads):.1f} to {max(loads):.1f}."

    def of(self, name: str, *workers: int) -> list[Phase]:
        """Return the phases of a name and of so many processes, or of any."""
        return [p for p in self.phases if p["name"] == name and (not workers or p["workers"] in workers)]

    def unit(self, name: str, which: str) -> float:
        """Return one of the three costs of a unit."""
        return self.units[name][which]

    def slope(self, name: str, which: str) -> float:
        """Return what each further one of a hundred costs."""
        return (self.unit(f"{name} 100", which) - self.unit(f"{name} 1", which)) / 99

    def look(self, which: str) -> float:
        """Return what a look costs without its rows."""
        return self.unit("head and look at 1", which) - self.unit("head", which) - self.slope("head and look at", which)

    def poll(self, which: str) -> float:
        """Return what a look costs that finds nothing."""
        return self.unit("head and look at 0", which) - self.unit("head", which)

    def commit(self, which: str) -> float:
        """Return what a commit costs without its messages."""
        return self.unit("say 1", which) - self.slope("say", which)

    def hearing(self, which: str) -> float:
        """Return what a bell costs for each who hears it."""
        return (self.unit("bell to 50", which) - self.unit("bell to 1", which)) / 49

    def statements(self, phase: Phase, which: str) -> float:
        """Return what the statements of a phase cost by their units."""
        listeners = int(phase["workers"]) if which == "postgres" else 1
        messages = float(phase["messages"])
        return messages * (
            per_message(phase, "looks") * self.look(which)
            + int(phase["workers"]) * self.slope("head and look at", which)
            + per_message(phase, "commits") * self.commit(which)
            + self.slope("say", which)
            + per_message(phase, "bells") * self.hearing(which) * listeners
        )


def per_message(phase: Phase, kind: str) -> float:
    """Return how many statements of a kind a message caused."""
    caused: int = phase["statements"].get(kind, 0)
    messages: int = phase["counted_messages"]
    return caused / messages


def fit(rows: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    """Return factors, none below zero, with which the columns of each row add up to its value, as nearly as can be.

    Errors count by their share of the value.
    """
    scaled = [[cell / value for cell in row] for row, value in zip(rows, values, strict=True)]
    factors = [0.0] * len(rows[0])
    for _ in range(ROUNDS):
        for column in range(len(factors)):
            rest = [1 - sum(f * c for f, c in zip(factors, row, strict=True)) for row in scaled]
            weight = sum(row[column] ** 2 for row in scaled)
            step = sum(r * row[column] for r, row in zip(rest, scaled, strict=True)) / weight
            factors[column] = max(0.0, factors[column] + step)
    return factors


def calibrate(measured: Measured) -> tuple[Costs, str]:
    """Return the costs in place, and a sentence about how they differ from those measured one by one."""
    idle = measured.of("idle")
    process_idle = mean(p["cost"]["server"] / p["cost"]["seconds"] / p["workers"] for p in idle)
    phases = [phase for name in LOADED for phase in measured.of(name, *CALIBRATION)]

    def used(phase: Phase) -> float:
        seconds: float = phase["cost"]["server"] - phase["cost"]["seconds"] * phase["workers"] * process_idle
        return seconds

    process, say, write, byte = fit(
        [[measured.statements(p, "process"), p["messages"], p["writes"], p["bytes"]] for p in phases],
        [used(p) for p in phases],
    )
    (database,) = fit([[measured.statements(p, "postgres")] for p in phases], [p["cost"]["postgres"] for p in phases])
    arrival = mean(used(p) / ARRIVING for p in measured.of("arrivals", 1))
    costs = Costs(
        idle=process_idle,
        poll=process * measured.poll("process"),
        look=process * measured.look("process"),
        row=process * measured.slope("head and look at", "process"),
        say=say,
        commit=process * measured.commit("process"),
        draft=process * measured.slope("say", "process"),
        write=write,
        byte=max(byte, COPY),
        arrival=arrival,
        database_poll=database * measured.poll("postgres"),
        database_look=database * measured.look("postgres"),
        database_row=database * measured.slope("head and look at", "postgres"),
        database_commit=database * measured.commit("postgres"),
        database_draft=database * measured.slope("say", "postgres"),
        database_hearing=database * measured.hearing("postgres"),
        database_renewal=database * measured.unit("renew and sweep", "postgres"),
        database_presence=database * measured.unit("100 come and go", "postgres") / 200,
        lock=max(
            measured.unit("say 1", "postgres"), measured.unit("say 1", "takes") - measured.unit("say 1", "process")
        ),
        message=measured.sizes["message"],
        user=measured.sizes["user"],
    )
    return costs, (
        f"In place a process uses {process:.1f} times, PostgreSQL {database:.1f} times the CPU that the same statements"
        " cost one right after the other."
    )
