"""A faulty network between a client and a server: a proxy that can be cut, held, slowed or put out of order.

It runs in a thread with a loop of its own, so that tests use it the same way with and without asyncio.
"""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from weakref import WeakSet

CHUNK = 64 * 1024
PATIENCE = 10.0  # seconds any change of the link may take
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad gateway\n"


class FaultyLink:
    """A context: inside it, connections to `port` reach a server, unless it is told otherwise.

    The server listens on a port of 127.0.0.1 or on a Unix socket, as a private PostgreSQL does.
    """

    def __init__(self, server: int | Path, host: str = "127.0.0.1") -> None:
        """Take the server's port, or the path of its socket, and the address on which to listen for clients."""
        self._far_end = server
        self._host = host
        # Seconds that every chunk takes on its way.
        self.delay = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        # What is connected now: one task for each client, with the transports at both ends.
        self._calls: dict[asyncio.Task[None], list[asyncio.WriteTransport]] = {}
        # Every transport that was ever opened and may still be there.
        self._opened: WeakSet[asyncio.WriteTransport] = WeakSet()
        # Cleared while nothing passes.
        self._passable = asyncio.Event()
        self._passable.set()
        # What a new connection meets instead of the server.
        self._is_cut = False
        self._is_broken = False
        # Set while every chunk is torn: half of it passes, and then its connection ends.
        self._is_torn = False

    @property
    def url(self) -> str:
        """The address that leads through this link, for HTTP."""
        return f"http://{self._host}:{self.port}"

    def cut(self) -> None:
        """End every connection, and every new one at once, until healed."""
        self._do(self._cut())

    def drop(self) -> None:
        """End every connection; new ones pass."""
        self._do(self._drop())

    def black_hole(self) -> None:
        """Let nothing pass and nobody know, until healed: not even that a side has closed."""
        self._do(self._hold())

    def tear(self) -> None:
        """End every connection amid the next thing that passes, until healed."""
        self._is_torn = True

    def break_gateway(self) -> None:
        """End every connection, and answer 502 to whoever asks anew, until healed."""
        self._do(self._break())

    def heal(self) -> None:
        """Let everything pass again; what a black hole held arrives now."""
        self._do(self._heal())

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, change: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(change, self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        # asyncio forgets to close what it accepted when its server closes before serving it: accept no more first.
        for listening in self._server.sockets:
            self._loop.remove_reader(listening)
        # Who was let in a moment ago may not have begun: a call must begin before it can end well.
        while len(asyncio.all_tasks()) > 1:
            await self._drop()
            await asyncio.sleep(0)
        self._server.close()
        for transport in self._opened:  # one that was closed with something unsent still waits for its reader
            transport.abort()
        await asyncio.sleep(0)
        await self._server.wait_closed()

    async def _cut(self) -> None:
        self._is_cut = True
        await self._drop()

    async def _break(self) -> None:
        self._is_broken = True
        await self._drop()

    async def _hold(self) -> None:
        self._passable.clear()

    async def _heal(self) -> None:
        self._is_cut = self._is_broken = self._is_torn = False
        self._passable.set()

    async def _drop(self) -> None:
        calls = dict(self._calls)
        for call, transports in calls.items():
            for transport in transports:
                transport.abort()
            call.cancel()
        if calls:
            await asyncio.wait(calls)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls[call] = [writer.transport]
        self._opened.add(writer.transport)
        try:
            if self._is_cut:
                return
            if self._is_broken:
                await self._answer_for_server(reader, writer)
                return
            await self._passable.wait()
            with suppress(OSError):
                await self._connect(call, reader, writer)
        except asyncio.CancelledError:
            return  # the link was cut
        finally:
            for transport in self._calls.pop(call):
                transport.close()

    async def _connect(
        self, call: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await self._open()
        self._calls[call].append(far_writer.transport)
        self._opened.add(far_writer.transport)
        ways = [asyncio.ensure_future(self._pass(*way)) for way in ((reader, far_writer), (far_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            far_writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._far_end, Path):
            return await asyncio.open_unix_connection(self._far_end)
        return await asyncio.open_connection("127.0.0.1", self._far_end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one direction until it ends."""
        data = b"begin"
        while data:
            try:
                data = await reader.read(CHUNK)
            except ConnectionError:
                data = b""
            await asyncio.sleep(self.delay)
            await self._passable.wait()
            if self._is_torn:
                writer.write(data[: len(data) // 2])
                return
            writer.write(data)
            with suppress(ConnectionError):
                await writer.drain()

    async def _answer_for_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(BAD_GATEWAY)
            writer.close()
            await writer.wait_closed()


class DatabaseLink(FaultyLink):
    """A faulty link to a database of a private PostgreSQL, which listens on a socket in the file system."""

    def __init__(self, dsn: str, host: str = "127.0.0.1") -> None:
        parts = urlsplit(dsn)
        super().__init__(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432", host)
        self._database = parts.path

    @property
    def dsn(self) -> str:
        """The `postgresql://` address that leads through this link."""
        return f"postgresql://postgres@{self._host}:{self.port}{self._database}"
