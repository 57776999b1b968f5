"""Puts the parts together and runs them in one process: the only file that picks concrete ones."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from hubbub.bus.local import LocalBus
from hubbub.bus.nats import NatsBus
from hubbub.bus.postgres import PostgresBus
from hubbub.collector import spare_what_stays
from hubbub.errors import CannotStart, Unavailable
from hubbub.reach import addresses
from hubbub.room.feed import Feed
from hubbub.room.index import Index
from hubbub.room.presence import Presence
from hubbub.room.room import Room
from hubbub.room.writer import Writer
from hubbub.settings import Settings
from hubbub.store.database import DOORS, TASKS, Database
from hubbub.store.embedded import PrivatePostgres
from hubbub.store.findings import PostgresFindings
from hubbub.store.log import PostgresLog
from hubbub.store.migration import migrate
from hubbub.store.roster import PostgresRoster
from hubbub.supervisor import Child, Supervisor
from hubbub.vitals import Vitals
from hubbub.web.app import Surroundings, make_app
from hubbub.web.audience import Audience
from hubbub.web.identity import Identity
from hubbub.web.pulse import Pulse
from hubbub.web.reception import Limits, Reception
from hubbub.web.server import Server
from hubbub.web.stream import Streams
from hubbub.web.typing import Typing

FLUSH = 5.0  # seconds in which the writer commits what waits when the server stops
GOODBYE = 1.0  # seconds for saying it to the database


async def open_room(
    settings: Settings, private: PrivatePostgres | None, listening: socket.socket, stop: asyncio.Event
) -> None:
    """Serve the room in this process until told to stop. Raises `CannotStart` or `GaveUp`."""
    dsn = private.dsn if private else str(settings.database_url)
    async with database(dsn) as doors, _connections(dsn, TASKS) as tasks:
        if settings.bus_url:
            bus: LocalBus = NatsBus(settings.bus_url.split(","), await _subject(doors))
        else:  # nobody else reaches a private database
            bus = LocalBus() if private else PostgresBus(dsn)
        parts = await put_together(settings, doors, tasks, bus)
        if private:
            parts.children = {"postgres": private.run, **parts.children}
        spare_what_stays()
        await serve(parts, listening, stop, shares_port=settings.workers > 1)


@asynccontextmanager
async def database(dsn: str) -> AsyncIterator[Database]:
    """Lend connections to a database that has this version's tables. Raises `CannotStart`."""
    try:
        await migrate(dsn)
        async with _connections(dsn, DOORS) as doors:
            yield doors
    except Unavailable as error:
        raise CannotStart(error.detail) from error


@asynccontextmanager
async def _connections(dsn: str, number: int) -> AsyncIterator[Database]:
    connections = Database(dsn, number)
    try:
        yield connections
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await connections.close()


async def _subject(database: Database) -> str:
    """Return what NATS knows this room by: other rooms on the same cluster must not hear its notes."""
    secret = await PostgresRoster(database).secret()
    return f"hubbub.{hashlib.sha256(secret.encode()).hexdigest()[:16]}"


@dataclass
class Parts:
    """A room that is ready to be served."""

    reception: Reception
    writer: Writer
    presence: Presence
    audience: Audience
    streams: Streams
    bus: LocalBus
    vitals: Vitals
    # The tasks to supervise, in the order in which each needs those before it.
    children: dict[str, Child]


async def put_together(settings: Settings, doors: Database, tasks: Database, bus: LocalBus) -> Parts:
    """Return a room that stands on a migrated database; none of its tasks runs yet.

    Takes connections for whoever asks at the doors, and others that its own tasks never wait for.
    """
    log, roster = PostgresLog(tasks), PostgresRoster(doors)
    writer = Writer(log, bus)
    findings = PostgresFindings(doors)
    room = Room(PostgresLog(doors), roster, findings, writer, bus)
    audience = Audience(room)
    feed = Feed(log, bus, audience)
    presence = Presence(PostgresRoster(tasks), bus, node=uuid4())
    limits = Limits(settings.message_rate, settings.join_rate, settings.streams_per_address)
    reception = Reception(room, Identity(await roster.secret()), limits)
    pulse = Pulse()
    typing = Typing(audience, bus)
    streams = Streams(reception, presence, audience, typing, pulse, bus)
    vitals = Vitals(lambda: feed.lag)
    await feed.begin()
    children: dict[str, Child] = {
        "bus": bus.run,
        "writer": writer.run,
        "audience": audience.run,
        "feed": feed.run,
        "presence": presence.run,
        "pulse": pulse.run,
        "typing": typing.run,
        "vitals": vitals.run,
        "index": Index(findings).run,
    }
    return Parts(reception, writer, presence, audience, streams, bus, vitals, children)


async def serve(parts: Parts, listening: socket.socket, stop: asyncio.Event, *, shares_port: bool) -> None:
    """Run the room's tasks and serve it until told to stop; raises `GaveUp`."""
    async with Supervisor(parts.children) as supervisor:

        async def readiness() -> Mapping[str, bool]:
            bus, feed = parts.bus.connected, "feed" in supervisor.running
            try:
                await parts.reception.room.head()
            except Unavailable:
                return {"database": False, "bus": bus, "feed": feed}
            return {"database": True, "bus": bus, "feed": feed}

        async def farewell() -> None:
            """See out the people; whoever returns elsewhere has not been away."""
            parts.presence.hold()
            await parts.streams.see_out()
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH):
                    await parts.writer.flushed()

        reach = partial(addresses, *listening.getsockname()[:2])
        surroundings = Surroundings(readiness, parts.vitals.scrape, reach)
        app = make_app(parts.reception, parts.streams, parts.audience, surroundings)
        server = Server(app, farewell, shares_port=shares_port)
        serving = asyncio.create_task(server.serve([listening]))
        serving.add_done_callback(lambda _: stop.set())
        supervisor.failure.add_done_callback(lambda _: stop.set())
        await stop.wait()
        server.should_exit = True
        await serving
        supervisor.check()
