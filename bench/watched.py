"""Runs a program with its event loop watched: `python -m bench.watched FILE PYTHON -m MODULE …`.

A timer wants to run every millisecond. Whenever it could not for two more, a line says when that ended and for how many
seconds it lasted: so long the loop was blocked for everybody. It costs half a percent of a core.
"""

import runpy
import sys
import time
from asyncio import AbstractEventLoop
from typing import TextIO

import uvloop

EVERY = 0.001  # seconds
WORTH = 0.002  # seconds of a block that is told


def watch(loop: AbstractEventLoop, told: TextIO) -> None:
    """Watch a loop for ever."""
    last = time.perf_counter()

    def look() -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last - EVERY > WORTH:
            print(now, now - last - EVERY, file=told)
        last = now
        loop.call_later(EVERY, look)

    loop.call_soon(look)


def main() -> None:
    """Run the program."""
    told = open(sys.argv[1], "w", buffering=1)  # noqa: SIM115, PTH123 as it stays open for as long as it runs
    new = uvloop.new_event_loop

    def new_watched() -> uvloop.Loop:
        loop = new()
        watch(loop, told)
        return loop

    uvloop.new_event_loop = new_watched
    sys.argv = sys.argv[4:]  # what follows the interpreter and -m
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
