"""Compression of streams (permessage-deflate, RFC 7692), without anything to remember from one message to the next.

So a frame compressed once is right for everybody who agreed, an idle stream keeps nothing for it, and what a client
compressed is not inflated before its turn has come, and then no further than it is looked at.
"""

import zlib
from collections.abc import Sequence
from dataclasses import replace

from websockets.exceptions import NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CTRL_OPCODES, Frame, Opcode
from websockets.typing import ExtensionParameter

MAX_FRAME = 16 * 1024  # bytes from a client that are looked at


class Squeezed(bytes):
    """What a client sent compressed: a message, or the first fragment of one."""

    __slots__ = ()

    def text(self) -> str:
        """Return the text; of one that is too long only as much as shows that. Raises `ValueError` if it is none."""
        inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        try:
            data = inflate.decompress(self + b"\0\0\xff\xff", MAX_FRAME + 4)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        # The last character may have been cut in two.
        return data.decode() if len(data) <= MAX_FRAME else data.decode(errors="replace")


class Squeeze(Extension):
    """What was agreed on, the same for every stream."""

    name = ServerPerMessageDeflateFactory.name

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:  # noqa: ARG002 as it does not grow here
        """Mark what is compressed. RSV1 where it has no place is left, and so the end of the stream."""
        if not frame.rsv1 or frame.opcode in CTRL_OPCODES or frame.opcode is Opcode.CONT:
            return frame
        return replace(frame, data=Squeezed(frame.data), rsv1=False)

    def encode(self, frame: Frame) -> Frame:
        """Leave frames as they are: ours are written past this, and those of control are never compressed."""
        return frame


class Offer(ServerPerMessageDeflateFactory):
    """Agrees with a client that can inflate what is compressed once for all, and with the largest window."""

    def __init__(self) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """Return what to answer to an offer, or raise `NegotiationError`."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        if agreed.local_max_window_bits < zlib.MAX_WBITS:
            raise NegotiationError("frames for all are compressed with the largest window")
        return answer, SQUEEZE  # type: ignore[return-value]  # any extension will do


SQUEEZE = Squeeze()
OFFERS = [Offer()]
