"""A model of many processes on one PostgreSQL: writers, bells, feeds and fan-outs, each busy for as long as it costs.

A discrete simulation and not only arithmetic, because what matters is what gathers while somebody is busy: a feed that
looks or fans out hears any number of bells as one, and a writer that waits for the room's lock commits all that came.
"""

import heapq
import random
import statistics
from collections.abc import Callable
from itertools import count

from bench.model import Costs, Log, Outcome, Setup, Station, Tally

BATCH = 500  # rows in one look, as in the feed
DRAFTS = 1_000  # messages in one commit, as in the writer
POLL, RENEWAL, TICK = 1.0, 2.5, 0.25  # seconds, as in the feed and in presence
BREATH = 250  # writes between two breaths of the loop, as in the audience
LATE = 1.0  # seconds: a message that takes longer is not live any more; younger ones are not judged at the end
WARM = 0.5  # seconds that are simulated before anything is counted


class Process:
    """One process: its loop, its writer, its feed, its presence and its line to the others."""

    def __init__(self, world: "World", streams: int) -> None:
        self._world = world
        self._streams = streams
        # CPU seconds used so far, and when the loop is free.
        self.used = 0.0
        self._free = 0.0
        # What waits to be committed, and whether a commit is on its way.
        self._mailbox: list[float] = []
        self._committing = False
        # Who came or went since the last tick.
        self._stirred = 0
        # The revision up to which the streams have been told, and whether the feed is at it or a bell was rung since.
        self.rev = 0
        self._looking = False
        self._rung = False
        # The changes that the others have yet to be told of, and whether the line is telling them of others.
        self._untold: list[range] = []
        self._telling = False
        # How far the changes reach, without a gap, that bells have carried here.
        self._known = 0

    def work(self, cost: float, then: Callable[[], None]) -> None:
        """Do something in the loop's turn, and go on then."""
        world = self._world
        self.used += cost
        # Whoever is at work already has its core.
        begin = self._free if self._free > world.now else world.now + world.setup.wait
        self._free = begin + cost
        world.at(self._free, then)

    def say(self) -> None:
        """Take a message from a stream."""
        said = self._world.now
        self.work(self._world.costs.say, lambda: self._take(said))

    def _take(self, said: float) -> None:
        self._mailbox.append(said)
        if not self._committing:
            self._commit()

    def _commit(self) -> None:
        world, batch = self._world, self._mailbox[:DRAFTS]
        del self._mailbox[:DRAFTS]
        self._committing = True
        costs = world.costs

        def committed() -> None:
            changes = world.write(batch)
            self._committing = False
            self.ring(changes)
            if self._mailbox:
                self._commit()

        def send() -> None:
            end = world.database.serve(world.now, costs.database_commit + costs.database_draft * len(batch))
            held = costs.lock + costs.database_draft * (len(batch) - 1)
            world.at(max(end, world.lock.serve(world.now, held)) + world.trip, committed)

        self.work(costs.commit + costs.draft * len(batch), send)

    def come_or_go(self) -> None:
        """Let somebody come, or somebody else go."""
        self._stirred += 1
        self.work(self._world.costs.arrival / 2, lambda: None)

    def tick(self) -> None:
        """Write who came and went."""
        world, stirred = self._world, self._stirred
        world.at(world.now + TICK, self.tick)
        if not stirred:
            return
        self._stirred = 0
        cost = world.costs.database_presence * stirred
        world.database.serve(world.now, cost)

        def written() -> None:
            self.ring(world.write([None] * stirred))

        world.at(world.lock.serve(world.now, world.costs.lock + cost), written)

    def ring(self, changes: range) -> None:
        """Ring here at once, and for all others as soon as the line is free."""
        self.hear([changes])
        self._untold.append(changes)
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        world, carried = self._world, self._untold
        self._untold, self._telling = [], True
        others = len(world.processes) - 1
        world.tally.bells += 1
        world.tally.hearings += others
        if not world.setup.on_nats:
            world.database.spread(world.now, world.costs.database_hearing * (others + 1))
        world.at(world.now + world.trip, lambda: self._told(carried))

    def _told(self, carried: list[range]) -> None:
        self._telling = False
        for other in self._world.processes:
            if other is not self:
                other.hear(carried)
        if self._untold:
            self._tell()

    def hear(self, carried: list[range]) -> None:
        """Look, or look once more."""
        for changes in carried:
            if changes.start <= max(self._known, self.rev):
                self._known = max(self._known, changes.stop)
        if self._looking:
            self._rung = True
        else:
            self.look()

    def poll(self) -> None:
        """Look if nobody rang; a process that hears bells all the time does so anyway."""
        self._world.at(self._world.now + POLL, self.poll)
        if not self._looking and self.rev < self._world.log.rev:
            self.look()

    def look(self) -> None:
        """Ask what changed, render it, and tell the streams."""
        world = self._world
        self._looking, self._rung = True, False
        if world.setup.carries and self.rev < self._known:
            self._read(self._known)
            return
        world.tally.looks += 1

        def asked() -> None:
            rows = min(BATCH, world.log.rev - self.rev)
            costs = world.costs
            cost = costs.database_look + costs.database_row * rows if rows else costs.database_poll
            rev = self.rev + rows
            # Messages come with the head; users are asked for when there must be some.
            statements = 2 if world.log.has_users(self.rev, rev) else 1
            world.tally.statements += statements
            world.tally.rows += rows
            end = world.readers.serve(world.now, cost * statements)
            world.at(end + world.trip * statements, lambda: self._read(rev))

        self.work(0, asked)

    def _read(self, rev: int) -> None:
        rows = rev - self.rev
        if rows:
            costs = self._world.costs
            self.work(costs.look + costs.row * rows, lambda: self._spread(rev, self._streams))
        else:
            self.work(self._world.costs.poll, self._looked)

    def _spread(self, rev: int, streams: int) -> None:
        """Write the frame to so many streams that lack it, some at a time."""
        world, part = self._world, min(streams, BREATH)
        size = world.log.size(self.rev, rev, world.costs)
        world.tally.bytes += part * size
        world.tally.writes += part
        cost = part * (world.costs.write + world.costs.byte * size)
        if streams > part:
            self.work(cost, lambda: self._spread(rev, streams - part))
        else:
            self.work(cost, lambda: self._spread_out(rev))

    def _spread_out(self, rev: int) -> None:
        self._world.log.arrived(self.rev, rev, self._world.now)
        self.rev = rev
        self._looked()

    def _looked(self) -> None:
        self._looking = False
        if self._rung:
            self.look()


class World:
    """All of it, and its clock."""

    def __init__(self, setup: Setup, costs: Costs) -> None:
        self.setup, self.costs = setup, costs
        self.now = 0.0
        self._order = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self.database = Station(setup.cores)
        self.readers = Station(setup.cores * setup.replicas) if setup.replicas else self.database
        self.lock = Station(1)
        self.tally = Tally()
        self.log = Log()
        share = setup.streams // setup.processes
        self.processes = [Process(self, share) for _ in range(setup.processes)]

    def at(self, time: float, then: Callable[[], None]) -> None:
        """Let something happen at a time."""
        heapq.heappush(self._events, (time, next(self._order), then))

    @property
    def trip(self) -> float:
        """Seconds to PostgreSQL and back, where both who answers and who asked have to wait for a core."""
        return self.costs.trip + 2 * self.setup.wait

    def write(self, batch: list[float] | list[None]) -> range:
        """Commit, and return what changed."""
        self.tally.commits += 1
        return self.log.write(batch)

    def run(self) -> Outcome:
        """Let the time pass."""
        chance = random.Random(1)  # noqa: S311 as every run shall be the same
        self._schedule(chance, self.setup.rate, lambda: chance.choice(self.processes).say())
        self._schedule(chance, 2 * self.setup.churn, lambda: chance.choice(self.processes).come_or_go())
        for process in self.processes:
            self.at(chance.random() * TICK, process.tick)
            self.at(chance.random() * POLL, process.poll)
        self._run_until(WARM)
        base, used = Tally(**vars(self.tally)), [process.used for process in self.processes]
        busy, locked, first = self.database.busy, self.lock.busy, self.log.rev
        self._run_until(WARM + self.setup.seconds)
        return self._outcome(base, used, busy, locked, first)

    def _schedule(self, chance: random.Random, rate: float, then: Callable[[], None]) -> None:
        time = 0.0
        while rate and (time := time + chance.expovariate(rate)) < WARM + self.setup.seconds:
            self.at(time, then)

    def _run_until(self, end: float) -> None:
        while self._events and self._events[0][0] < end:
            self.now, _, then = heapq.heappop(self._events)
            then()
        self.now = end

    def _outcome(self, base: Tally, used: list[float], busy: float, locked: float, first: int) -> Outcome:
        seconds, costs, setup = self.setup.seconds, self.costs, self.setup
        rates = {name: (value - getattr(base, name)) / seconds for name, value in vars(self.tally).items()}
        cpu = [
            costs.idle + (process.used - before) / seconds for process, before in zip(self.processes, used, strict=True)
        ]
        told = min(process.rev for process in self.processes)
        waits = self.log.waits(first, told, self.now, self.now - LATE)
        cuts = statistics.quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
        # What goes on whatever happens: leases, and polls where no bell is heard.
        polls = max(0.0, setup.processes / POLL - rates["looks"])
        rates["looks"] += polls
        rates["statements"] += polls + 2 * setup.processes / RENEWAL + rates["bells"] + rates["commits"]
        idle = polls * costs.database_poll + setup.processes * costs.database_renewal / RENEWAL
        return Outcome(
            **rates,
            process_cpu=max(cpu),
            all_cpu=sum(cpu),
            database_cpu=(self.database.busy - busy) / seconds + idle,
            locked=(self.lock.busy - locked) / seconds,
            p50=cuts[49],
            p99=cuts[98],
        )


def simulate(setup: Setup, costs: Costs) -> Outcome:
    """Return what becomes of a setup."""
    return World(setup, costs).run()
