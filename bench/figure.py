"""How each figure is run: fully, and kept for docs/performance.md, or quickly (`--quick`), and kept beside that."""

import sys
from collections.abc import Callable
from typing import TypeVar

from bench.meter import keep
from bench.sides import PINNED, stand_aside

Effort = TypeVar("Effort")

QUICK = "quick-"  # begins the names of results that are not recorded


def make(
    name: str, measure: Callable[[Effort], dict[str, object]], full: Effort, quick: Effort, *, pinned: bool = PINNED
) -> None:
    """Measure and keep; unless it is pinned, wherever the system lets each process run."""
    if pinned:
        stand_aside()
    is_quick = "--quick" in sys.argv
    result = measure(quick if is_quick else full)
    print(f"  kept in {keep(QUICK * is_quick + name, {'pinned': pinned, **result}).name}", flush=True)
