"""`python -m tests.faults.audit MINUTES [SEED]`: random faults for so long; exit status 1 if a promise broke.

Prints the seed first, so that whatever it finds can be repeated.
"""

import asyncio
import sys
import time
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

from tests.faults.audit.faults import LONG_FAULTS
from tests.faults.audit.play import play
from tests.faults.audit.stage import Stage

ROUND = 12  # faults in one performance


async def soak(minutes: float, seed: int) -> bool:
    """Play one performance after the other; return whether every promise was kept."""
    until = time.monotonic() + 60 * minutes
    kept = True
    while kept and time.monotonic() < until:
        print(f"seed {seed} …", flush=True)  # noqa: T201 as it is for a person
        faults = Random(seed).choices(LONG_FAULTS, k=ROUND)  # noqa: S311 as it is to be repeated
        with TemporaryDirectory(prefix="hubbub-") as directory:
            async with Stage(Path(directory)) as stage:
                report = await play(stage, faults, seed)
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
