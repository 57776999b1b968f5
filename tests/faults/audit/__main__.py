"""`python -m tests.faults.audit MINUTES [SEED]`: random faults for so long; exit status 1 if a promise broke.

Prints each seed first, so that whatever it finds can be repeated: the seed also says which topology it is.
"""

import asyncio
import sys
import time
from random import Random, SystemRandom

from tests.faults.audit.play import play
from tests.faults.audit.topologies import TOPOLOGIES

ROUND = 12  # faults in one performance


async def soak(minutes: float, seed: int) -> bool:
    """Play one performance after the other, in each topology in turn; return whether every promise was kept."""
    until = time.monotonic() + 60 * minutes
    kept = True
    while kept and time.monotonic() < until:
        topology = TOPOLOGIES[seed % len(TOPOLOGIES)]
        print(f"seed {seed}: {topology.stage.name} …", flush=True)  # noqa: T201 as it is for a person
        faults = Random(seed).choices(topology.faults, k=ROUND)  # noqa: S311 as it is to be repeated
        report = await play(topology, faults, seed)
        print(report, flush=True)  # noqa: T201
        kept = not report.broken
        seed += 1
    return kept


def main() -> None:
    """Read the arguments and soak."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SystemRandom().randrange(1_000_000)
    sys.exit(0 if asyncio.run(soak(minutes, seed)) else 1)


if __name__ == "__main__":
    main()
