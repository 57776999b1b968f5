"""What the simulation takes and returns: costs, a setup, an outcome; the station where work is done, and the log."""

import heapq
from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """What things cost: CPU seconds of a process or of PostgreSQL, where nothing else is said."""

    idle: float  # a process without streams, per second: polls, leases and all
    poll: float  # asking what changed, when nothing did
    look: float  # … and rendering it, when something did …
    row: float  # … and for each row
    say: float  # a message, from the socket to the mailbox
    commit: float  # a batch of messages, with its bell …
    draft: float  # … and for each message
    write: float  # a frame written to a stream …
    byte: float  # … and for each byte of it
    arrival: float  # somebody who comes: joining and the handshake
    database_poll: float  # a look that finds nothing
    database_look: float
    database_row: float
    database_commit: float
    database_draft: float
    database_hearing: float  # a bell, for each process that hears it
    database_renewal: float
    database_presence: float  # per user who comes or goes
    lock: float  # seconds on the clock for which a commit of one message holds the room
    message: float  # bytes of a message in a frame
    user: float  # and of somebody who came or went
    trip: float = 0.0002  # seconds to PostgreSQL and back


@dataclass(frozen=True)
class Setup:
    """What is simulated: processes with so many streams in all, messages and arrivals (and departures) per second."""

    processes: int
    streams: int
    rate: float
    churn: float = 0.0
    cores: int = 16  # of PostgreSQL
    wait: float = 0.0  # seconds that a process waits for a core, each time it has something to do
    on_nats: bool = False  # whether bells go by way of NATS
    carries: bool = False  # whether a bell carries the changes, so that who lacks nothing before them need not ask
    replicas: int = 0  # that are asked instead of the one that is written
    seconds: float = 3.0


@dataclass(frozen=True)
class Outcome:
    """What became of it, per second where nothing else is said."""

    looks: float
    statements: float
    rows: float
    commits: float
    bells: float
    hearings: float
    writes: float
    bytes: float
    process_cpu: float  # of the busiest, in cores
    all_cpu: float  # of all processes
    database_cpu: float  # of the one that is written
    locked: float  # share of the time in which the room's lock is held
    p50: float  # seconds until the last stream has a message
    p99: float


class Station:
    """Workers who serve whoever comes first."""

    def __init__(self, workers: int) -> None:
        self._free = [0.0] * workers
        self.busy = 0.0

    def serve(self, now: float, cost: float) -> float:
        """Return when somebody who comes now has been served."""
        self.busy += cost
        end = max(now, self._free[0]) + cost
        heapq.heapreplace(self._free, end)
        return end

    def spread(self, now: float, cost: float) -> None:
        """Serve many small ones at once."""
        self.busy += cost
        share = cost / len(self._free)
        self._free = [max(now, free) + share for free in self._free]


class Log:
    """What was committed, in the order of the room, and when all streams had it."""

    def __init__(self) -> None:
        self.rev = 0
        # By revision: when it was said, None for presence, and when the last process had told its streams.
        self._said: list[float | None] = []
        self._last: list[float] = []

    def write(self, batch: list[float] | list[None]) -> range:
        """Add to it, and return what changed: from the revision before to the last one."""
        before = self.rev
        self._said += batch
        self._last += [0.0] * len(batch)
        self.rev += len(batch)
        return range(before, self.rev)

    def arrived(self, after: int, rev: int, now: float) -> None:
        """Take note that all streams of one process have these rows."""
        self._last[after:rev] = [now] * (rev - after)

    def has_users(self, after: int, rev: int) -> bool:
        """Return whether somebody came or went between two revisions."""
        return None in self._said[after:rev]

    def size(self, after: int, rev: int, costs: Costs) -> float:
        """Return the bytes of these changes in a frame."""
        users = self._said[after:rev].count(None)
        return users * costs.user + (rev - after - users) * costs.message

    def waits(self, after: int, told: int, now: float, until: float) -> list[float]:
        """Return how long each message took that was said until a time; those beyond what was told take until now."""
        return [
            (self._last[number] if number < told else now) - said
            for number, said in enumerate(self._said)
            if said is not None and number >= after and said < until
        ]


@dataclass
class Tally:
    """What happened so far."""

    looks: int = 0
    statements: int = 0
    rows: int = 0
    commits: int = 0
    bells: int = 0
    hearings: int = 0
    writes: int = 0
    bytes: float = 0.0
