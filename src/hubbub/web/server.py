"""uvicorn, as this room needs it: where it listens is said aloud, and it goes in good order."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from hubbub.reach import columns, invitation
from hubbub.web.transport import RequestProtocol, StreamProtocol

WIRE_FRAME = 1024 * 1024  # bytes; a frame from a client is answered up to here, beyond it is the end
LAST_WORDS = 2  # seconds for open requests when the server stops
REST = 0.0001  # seconds in which others accept connections after this process has accepted one


class SharedPortProtocol(RequestProtocol):
    """For requests on a port that others accept connections from as well."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Rest, which holds up everything: else whoever is awake takes a rush of newcomers before the others wake."""
        time.sleep(REST)
        super().connection_made(transport)


class Server(uvicorn.Server):
    """uvicorn's server; signals are left to us, because what it does on them ends the process too early."""

    def __init__(self, app: ASGIApp, farewell: Callable[[], Awaitable[None]], *, shares_port: bool = False) -> None:
        """Take what to serve, what to do at the end, once nobody new can connect, and whether others accept there."""
        super().__init__(
            uvicorn.Config(
                app,
                http=SharedPortProtocol if shares_port else RequestProtocol,
                ws=StreamProtocol,
                lifespan="off",
                ws_ping_interval=None,  # pulse.py asks
                ws_max_size=WIRE_FRAME,
                # uvicorn's would keep a window per stream; ours is one for all (squeeze.py).
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=LAST_WORDS,
                server_header=False,
                access_log=False,
                log_config=None,
            )
        )
        self._farewell = farewell
        # Whether this process is one of several: then what it says is for its parent, one line.
        self._shares_port = shares_port

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
            with suppress(BrokenPipeError):  # nobody listens: a worker whose parent was killed at this moment
                print(f"Hubbub is at http://{shown}:{port} (Ctrl-C stops it)", flush=True)  # noqa: T201 as a person reads it
                if not self._shares_port:
                    print(invitation(host, port, columns()), end="", flush=True)  # noqa: T201 as a person reads it

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, see out those who are here, and end what is left."""
        for server in self.servers:
            server.close()
        await self._farewell()
        await super().shutdown(sockets)
