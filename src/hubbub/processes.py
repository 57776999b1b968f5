"""The processes of a server: one that serves by itself, or a parent with workers that share its port."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import uvloop

from hubbub.assembly import database, open_room
from hubbub.errors import CannotStart
from hubbub.logs import configure_logs
from hubbub.metrics import forget
from hubbub.reach import columns, invitation
from hubbub.settings import Settings, load
from hubbub.store.embedded import PrivatePostgres, running
from hubbub.supervisor import Child, Supervisor
from hubbub.workers import Worker, take_order, watch

STOPS = (signal.SIGINT, signal.SIGTERM)
UNHEARD = 32 * 1024  # bytes, about, that may wait to be read from one connection


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `CannotStart`, or `GaveUp` if the room cannot be kept up."""
    configure_logs()
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(settings.host, settings.port))
        private = None if settings.database_url else stack.enter_context(running(settings.data_dir, _say))
        stack.callback(_hear_nothing_more)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run((_serve if settings.workers == 1 else _lead)(settings, private, listening))


def work() -> None:
    """Serve as one of several workers, until the parent says so or is gone."""
    configure_logs()
    settings, listening = take_order(sys.stdin)
    with listening, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_as_worker(load(settings), listening))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 as it is for the person who starts it


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotStart(f"cannot listen on {host}:{port}: {error.strerror} (see --host, --port)") from error
    with listening:
        # Inherited by every connection, and so is what one client can make the others wait for: one read.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNHEARD)
        yield listening


def _hear_nothing_more() -> None:
    """Let whoever asks twice not cut short what is done at the end, as stopping the database is."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _told_to_stop() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _serve(settings: Settings, private: PrivatePostgres | None, listening: socket.socket) -> None:
    await open_room(settings, private, listening, _told_to_stop())


async def _serve_as_worker(settings: Settings, listening: socket.socket) -> None:
    stop = _told_to_stop()
    watch(sys.stdin, stop.set)
    await open_room(settings, None, listening, stop)


async def _lead(settings: Settings, private: PrivatePostgres | None, listening: socket.socket) -> None:
    """Run the workers, on a database that is ready for them."""
    stop = _told_to_stop()
    forget(os.getpid())  # it serves nobody itself
    dsn = private.dsn if private else str(settings.database_url)
    async with database(dsn):
        pass  # it can be used, and is migrated
    chosen = {name: str(value) for name, value in settings.model_dump(exclude_none=True).items()}
    order = {**chosen, "database_url": dsn}
    workers = [Worker(order, listening) for _ in range(settings.workers)]
    children: dict[str, Child] = {"postgres": private.run} if private else {}
    children |= {f"worker {number}": worker.run for number, worker in enumerate(workers, 1)}
    async with Supervisor(children) as supervisor:
        greeting = asyncio.create_task(_greet(workers, listening))
        supervisor.failure.add_done_callback(lambda _: stop.set())
        await stop.wait()
        greeting.cancel()
        for worker in workers:
            worker.dismiss()
        listening.close()  # once the workers have closed it too, who comes now is sent elsewhere at once
        await asyncio.gather(*(worker.ended() for worker in workers))
        supervisor.check()


async def _greet(workers: Sequence[Worker], listening: socket.socket) -> None:
    """Say what the workers say, once all of them are ready, and where others come to."""
    first, *_ = await asyncio.gather(*(worker.greeting for worker in workers))
    host, port = listening.getsockname()[:2]
    _say(f"{first}\n{invitation(host, port, columns())}".rstrip("\n"))
