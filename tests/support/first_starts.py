"""Several private PostgreSQLs, each made and started by a process of its own at the same moment."""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory

from hubbub.store.embedded import running

STARTS = 3


def start(together: Barrier) -> None:
    """Make one when all are ready, and stop it again."""
    with TemporaryDirectory(prefix="hubbub-") as directory:
        together.wait()
        with running(Path(directory), say=lambda _: None):
            pass


def main() -> int:
    """Return how many could not be started."""
    processes = multiprocessing.get_context("fork")
    together = processes.Barrier(STARTS)
    starts = [processes.Process(target=start, args=(together,)) for _ in range(STARTS)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    return sum(each.exitcode != 0 for each in starts)


if __name__ == "__main__":
    sys.exit(main())
