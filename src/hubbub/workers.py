"""Workers: processes that share one port, each a supervised child of the process that was started.

A worker's standard input is its lifeline: its order comes on it, and its end is the sign to stop. So no
worker outlives its parent, however that ends.
"""

import asyncio
import json
import socket
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from typing import TextIO, cast

import structlog

from hubbub.errors import HubbubError, Unavailable
from hubbub.metrics import forget

STOP = 15.0  # seconds to stop in good order
CANNOT_START = 2  # the exit status of whoever says in one line why it cannot start

log = structlog.get_logger()


class WorkerEnded(HubbubError):
    """A worker ended without being told to."""


class Worker:
    """One worker, as its parent sees it."""

    def __init__(self, settings: Mapping[str, str], listening: socket.socket) -> None:
        """Take the settings by name, and the socket to accept connections from."""
        self._settings = settings
        self._listening = listening
        # The first line it said, once it is ready to serve.
        self.greeting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._process: Process | None = None
        self._is_stopping = False

    async def run(self) -> None:
        """Start it, and raise when it ends: `WorkerEnded`, or `Unavailable` if it lacked its database.

        Once told to stop it may end, and is not started any more.
        """
        status = None if self._is_stopping else await self._live()
        if self._is_stopping:
            await asyncio.get_running_loop().create_future()
        if status == CANNOT_START:  # as the parent could, with the same settings
            raise Unavailable("A worker cannot start. It said why.")
        raise WorkerEnded(f"a worker ended with status {status}")

    async def _live(self) -> int:
        """Start it and return its exit status."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hubbub", "work"),
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(self._listening.fileno(),),
            start_new_session=True,  # Ctrl-C is for the parent, which knows in what order to stop
        )
        lifeline, said = cast("StreamWriter", process.stdin), cast("StreamReader", process.stdout)
        try:
            order = {"socket": self._listening.fileno(), "settings": self._settings}
            lifeline.write(json.dumps(order).encode() + b"\n")
            if greeting := (await said.readline()).decode().rstrip():
                log.info("worker ready", worker=process.pid)
                if not self.greeting.done():
                    self.greeting.set_result(greeting)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
            forget(process.pid)

    def dismiss(self) -> None:
        """Tell it to see out its people and end."""
        self._is_stopping = True
        if self._process is not None:
            cast("StreamWriter", self._process.stdin).close()

    async def ended(self) -> None:
        """Return when it has ended; kill it if that takes too long."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(STOP):
                await self._process.wait()
        except TimeoutError:
            log.warning("worker killed", worker=self._process.pid, reason=f"did not stop in {STOP:.0f} s")
            self._process.kill()
            await self._process.wait()


def take_order(lifeline: TextIO) -> tuple[dict[str, str], socket.socket]:
    """Return what a worker was started with: the settings by name, and the socket."""
    order = json.loads(lifeline.readline())
    return order["settings"], socket.socket(fileno=order["socket"])


def watch(lifeline: TextIO, stop: Callable[[], None]) -> None:
    """Call `stop` when the parent says so, or is gone."""
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(lifeline)  # an end can be read for ever
        stop()

    loop.add_reader(lifeline, ended)
