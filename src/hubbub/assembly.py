"""Puts the parts together and runs them: the only file that picks concrete ones."""

import asyncio
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from uuid import uuid4

import uvicorn
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from hubbub.bus.local import LocalBus
from hubbub.bus.postgres import PostgresBus
from hubbub.errors import CannotStart, Unavailable
from hubbub.logs import configure_logs
from hubbub.room.feed import Feed
from hubbub.room.presence import Presence
from hubbub.room.room import Room
from hubbub.room.writer import Writer
from hubbub.settings import Settings
from hubbub.store.database import create_engine, migrate
from hubbub.store.embedded import PrivatePostgres, running
from hubbub.store.log import PostgresLog
from hubbub.store.roster import PostgresRoster
from hubbub.supervisor import Child, Supervisor
from hubbub.web.app import make_app
from hubbub.web.audience import Audience
from hubbub.web.identity import Identity
from hubbub.web.reception import Limits, Reception
from hubbub.web.transport import RequestProtocol, StreamProtocol

PING = 12.0  # seconds between pings, and …
PONG = 10.0  # … until the answer: a client that vanished is gone after 22, and offline before 30
WIRE_FRAME = 1024 * 1024  # bytes; a frame from a client is answered up to here, beyond it is the end
UNHEARD = 32 * 1024  # bytes, about, that may wait to be read from one connection
LAST_WORDS = 2  # seconds for open requests when the server stops


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `CannotStart`, or `GaveUp` if the room cannot be kept up."""
    configure_logs()
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(settings.host, settings.port))
        private = None if settings.database_url else stack.enter_context(running(settings.data_dir, _say))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_open(settings, private, listening))


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


async def _open(settings: Settings, private: PrivatePostgres | None, listening: socket.socket) -> None:
    """Open the room on its database, and close that at the end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    dsn = private.dsn if private else str(settings.database_url)
    engine = create_engine(dsn)
    try:
        await migrate(engine)
        parts = await put_together(settings, engine, PostgresBus(dsn))
        if private:
            parts.children = {"postgres": private.run, **parts.children}
        await serve(parts, listening, stop)
    except Unavailable as error:
        raise CannotStart(error.detail) from error
    finally:
        await engine.dispose()


@dataclass
class Parts:
    """A room that is ready to be served."""

    room: Room
    reception: Reception
    presence: Presence
    audience: Audience
    bus: LocalBus
    # The tasks to supervise, in the order in which each needs those before it.
    children: dict[str, Child]


async def put_together(settings: Settings, engine: AsyncEngine, bus: LocalBus) -> Parts:
    """Return a room that stands on a migrated database; none of its tasks runs yet."""
    log, roster = PostgresLog(engine), PostgresRoster(engine)
    writer = Writer(log, bus)
    room = Room(log, roster, writer, bus)
    audience = Audience()
    feed = Feed(log, bus, audience)
    presence = Presence(roster, bus, node=uuid4())
    limits = Limits(settings.message_rate, settings.join_rate, settings.streams_per_address)
    reception = Reception(room, Identity(await roster.secret()), limits)
    await feed.begin()
    children: dict[str, Child] = {
        "bus": bus.run,
        "writer": writer.run,
        "audience": audience.run,
        "feed": feed.run,
        "presence": presence.run,
    }
    return Parts(room, reception, presence, audience, bus, children)


async def serve(parts: Parts, listening: socket.socket, stop: asyncio.Event) -> None:
    """Run the room's tasks and serve it until told to stop; raises `GaveUp`."""
    async with Supervisor(parts.children) as supervisor:

        async def readiness() -> Mapping[str, bool]:
            bus, feed = parts.bus.connected, "feed" in supervisor.running
            try:
                await parts.room.head()
            except Unavailable:
                return {"database": False, "bus": bus, "feed": feed}
            return {"database": True, "bus": bus, "feed": feed}

        app = make_app(parts.reception, parts.presence, parts.audience, readiness)
        await _serve_until(Server(app), listening, stop, supervisor)


async def _serve_until(server: "Server", listening: socket.socket, stop: asyncio.Event, supervisor: Supervisor) -> None:
    """Serve until told to stop, or until the supervisor gives up, which is raised."""
    serving = asyncio.create_task(server.serve([listening]))
    serving.add_done_callback(lambda _: stop.set())
    supervisor.failure.add_done_callback(lambda _: stop.set())
    await stop.wait()
    server.should_exit = True
    await serving
    if supervisor.failure.done():
        supervisor.failure.result()


class Server(uvicorn.Server):
    """uvicorn's server; signals are left to us, because what it does on them ends the process too early."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=RequestProtocol,
                ws=StreamProtocol,
                lifespan="off",
                ws_ping_interval=PING,
                ws_ping_timeout=PONG,
                ws_max_size=WIRE_FRAME,
                # A frame for everybody is encoded once: it cannot be compressed for each.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=LAST_WORDS,
                server_header=False,
                access_log=False,
                log_config=None,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, and say where."""
        await super().startup(sockets)
        for listening in sockets or ():
            host, port = listening.getsockname()[:2]
            shown = "localhost" if ip_address(host).is_unspecified else f"[{host}]" if ":" in host else host
            _say(f"Hubbub is at http://{shown}:{port} (Ctrl-C stops it)")
