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

from hubbub.errors import HubbubError

STOP = 15.0  # seconds to stop in good order

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
        """Start it, and raise `WorkerEnded` when it ends; once told to stop it may."""
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
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        if self._is_stopping:
            await asyncio.get_running_loop().create_future()
        raise WorkerEnded(f"worker {process.pid} ended with status {status}")

    async def stop(self) -> None:
        """Let it see out its people and end; kill it if that takes too long."""
        self._is_stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        cast("StreamWriter", self._process.stdin).close()
        try:
            async with asyncio.timeout(STOP):
                await self._process.wait()
        except TimeoutError:
            log.warning("worker killed", worker=self._process.pid, reason=f"did not stop in {STOP:.0f} s")
            self._process.kill()


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
