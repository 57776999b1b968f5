"""The bus on NATS: core messages on one subject, heard by whoever is connected to any node of a cluster.

nats-py's own reconnecting is off: it gives up after a while and hides for how long it was away. The
supervisor does it instead, as for every bus.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from hubbub.bus.shared import PATIENCE, Line, SharedBus
from hubbub.errors import Unavailable

FAREWELL = 0.5  # seconds for closing a connection in order
AWAY = (OSError, TimeoutError, nats.errors.Error)


class NatsBus(SharedBus):
    """Reaches every process that uses the same subject on the same cluster."""

    def __init__(self, servers: Sequence[str], subject: str) -> None:
        """Take the `nats://` addresses of some nodes of the cluster, each tried in an order of chance."""
        super().__init__()
        self._servers = list(servers)
        self._subject = subject

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        client = Client()
        try:
            await _apart(self._connect(client), PATIENCE)
        except AWAY as error:
            raise Unavailable(f"The bus cannot connect: {str(error) or 'no node answers'}") from error
        try:
            yield NatsLine(client, self._subject)
        except AWAY as error:
            raise Unavailable(f"The bus is lost: {error}") from error
        finally:
            with suppress(*AWAY):
                await _apart(client.close(), FAREWELL)

    async def _connect(self, client: Client) -> None:
        try:
            await client.connect(
                self._servers,
                error_cb=_leave_to_the_caller,
                closed_cb=self._take_end,
                name="hubbub",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=1,
                no_echo=True,  # our own has been heard already
            )
            await client.subscribe(self._subject, cb=self._take_message)
            # A flush's ping overtakes what nats-py has yet to write: only a second one is answered after subscribing.
            await client.flush(PATIENCE)
            await client.flush(PATIENCE)
        except BaseException:
            await client.close()
            raise

    async def _take_message(self, message: Msg) -> None:
        self._hear(message.data.decode(errors="replace"))

    async def _take_end(self) -> None:
        self._stirred.set()


class NatsLine:
    """A connection that is subscribed."""

    def __init__(self, client: Client, subject: str) -> None:
        self._client = client
        self._subject = subject

    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return not self._client.is_connected

    async def send(self, text: str) -> None:
        """Publish to all who are subscribed, and wait for the node's answer to a ping sent along with it."""
        await _apart(self._client.publish(self._subject, text.encode()), PATIENCE)
        await self.check()

    async def check(self) -> None:
        """Wait for the node's answer to a ping."""
        await _apart(self._client.flush(PATIENCE), PATIENCE)


async def _leave_to_the_caller(_: Exception) -> None:
    """Say nothing: what fails is raised, and logged once."""


async def _apart(work: Coroutine[Any, Any, None], patience: float) -> None:
    """Let nats-py do something in a task of its own, because it swallows cancellations; ours it cannot."""
    task = asyncio.create_task(work)
    try:
        if not (await asyncio.wait([task], timeout=patience))[0]:
            raise TimeoutError(f"no answer in {patience} s")
        task.result()
    finally:
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        task.cancel()
