"""One stream of the audience, as whoever writes to all of them sees it."""

from collections.abc import Callable

from hubbub.web.frames import PING, Delivery, Kind
from hubbub.web.transport import Socket


def _nowhere(_frame: bytes) -> None:
    """Write nothing."""


class Follower:
    """One socket of the audience, and how far its client is. What it holds is looked at for every delivery."""

    __slots__ = ("_socket", "kind", "rev", "write")

    def __init__(self, kind: Kind, socket: Socket, rev: int) -> None:
        self.kind = kind
        # The revision this client knows of: its own word at first, then what was written to it.
        self.rev = rev
        self._socket = socket
        # Takes a frame: to the socket, until the client is told goodbye. No frame may follow that.
        self.write: Callable[[bytes], None] = socket.write

    def close(self) -> None:
        """Write nothing any more."""
        self.write = _nowhere

    def listen(self, hear: Callable[[str], None] | None) -> None:
        """Let somebody hear at once what the client says, or nobody any more."""
        self._socket.hear = hear

    async def keep_up(self) -> None:
        """Return when the client has taken most of what was written."""
        await self._socket.drained()

    def ask(self) -> None:
        """Ask the client for a sign of life, or cut the connection if none came since it was asked before."""
        if not self._socket.is_heard:
            self.cut()
        self._socket.is_heard = False
        self.write(PING)

    def cut(self) -> None:
        """End the connection without a word."""
        self._socket.cut()

    def tell(self, delivery: Delivery, cursor: int | None = None) -> None:
        """Write what was delivered, unless the client knows it already; its cursor may have to stay behind."""
        if delivery.rev > self.rev:
            self.write(delivery.frame(self.kind, cursor))
            self.rev = delivery.rev
