"""Python's collector of cycles, kept from holding up a full room.

A full collection looks at everything that lives: 80 objects for each stream, about a second for 15,000 of them, in
which nobody is heard. Streams end without leaving cycles (a test sees to that), and what leaves some, like
requests, leaves them young: the two young generations, bounded to a few milliseconds, find all there is.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 2_000  # objects more than before: then the youngest are looked at
MIDDLE = 4  # times; then those that survived are looked at as well
NEVER = 1_000_000


@contextmanager
def resting() -> Iterator[None]:
    """Collect nothing while modules are imported: they stay, and to look at them again and again is in vain."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def spare_what_stays() -> None:
    """Collect once, and then look only at what is young; what lives now is taken to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
