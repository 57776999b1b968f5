"""Compressed streams (RFC 7692): agreed on or not, the same is told, and nobody gets more for a byte than before."""

import asyncio
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from hubbub.web.squeeze import MAX_FRAME
from tests.support.clients import Crowd
from tests.support.rooms import shared_server
from tests.support.servers import Server
from tests.support.wires import BINARY, CLOSE, CONT, FIN, PING, RSV1, TEXT, Frame, Wire, frame, handshake

server = pytest.fixture(scope="module")(shared_server)

OFFER = "permessage-deflate; client_max_window_bits"  # as browsers make it
AGREED = b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"
LAST = b"\0\0\xff\xff"  # the end that is left out
LONG = "words that come again and again, " * 12


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    async def join() -> str:
        async with Crowd(server.url) as crowd:
            return (await crowd.join("Ana")).token

    return asyncio.run(join())


@contextmanager
def stream(server: Server, token: str, *offers: str) -> Iterator[tuple[Wire, bytes]]:
    """Open a stream that makes these offers, and yield it with the head of the answer."""
    headers = [f"Sec-WebSocket-Extensions: {offer}" for offer in offers]
    request = handshake(server.port, "/stream", f"Authorization: Bearer {token}", *headers)
    with Wire(server.port) as wire:
        wire.send(request)
        head = wire.head()
        assert head.startswith(b"HTTP/1.1 101"), head
        yield wire, head


@pytest.fixture
def wire(server: Server, token: str) -> Iterator[Wire]:
    """A stream that has agreed to be compressed."""
    with stream(server, token, OFFER) as (wire, _):
        yield wire


def squeeze(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(LAST)


def message(body: str, key: str = "") -> bytes:
    return json.dumps({"say": {"key": key or str(uuid4()), "body": body}}).encode()


def text_of(found: Frame) -> str:
    if found.first & RSV1:
        return zlib.decompressobj(wbits=-15).decompress(found.data + LAST).decode()
    return found.data.decode()


def frame_with(wire: Wire, text: str) -> Frame:
    """Return the frame that says something."""
    while (found := wire.next()) is not None:
        if text in text_of(found):
            return found
    raise AssertionError(f"the stream has ended without {text!r}")


def refusal(wire: Wire) -> str:
    code: str = json.loads(text_of(frame_with(wire, '"refused"')))["refused"]["code"]
    return code


def assert_alive(wire: Wire) -> None:
    wire.send(frame(message("", key := str(uuid4()))))
    frame_with(wire, key)


def end_of(wire: Wire) -> int:
    """Return the code with which a stream is ended."""
    last = wire.end()[-1]
    assert last.opcode == CLOSE
    return last.code


def test_who_agreed_gets_the_same_compressed_bytes_as_all_who_did(server: Server, token: str) -> None:
    with stream(server, token, OFFER) as (ana, head), stream(server, token, "permessage-deflate") as (ben, _):
        assert b"\r\nSec-WebSocket-Extensions: " + AGREED + b"\r\n" in head + b"\r\n"
        assert_alive(ben)  # it follows
        for _ in range(2):  # the second can be read without the first
            ana.send(frame(message(LONG, key := str(uuid4()))))
            found = frame_with(ana, key)
            assert found.first == FIN | RSV1 | TEXT
            assert len(found.data) < len(LONG)
            assert frame_with(ben, key) == found


@pytest.mark.parametrize("offers", [(), ("permessage-deflate; server_max_window_bits=10",), ("x-other",)], ids=str)
def test_who_did_not_agree_gets_plain_frames(server: Server, token: str, offers: tuple[str, ...]) -> None:
    with stream(server, token, *offers) as (wire, head):
        assert b"sec-websocket-extensions" not in head.lower()
        wire.send(frame(message(LONG, key := str(uuid4()))))
        assert frame_with(wire, key).first == FIN | TEXT


def test_of_several_offers_the_first_that_suits_is_taken(server: Server, token: str) -> None:
    with stream(server, token, f"permessage-deflate; server_max_window_bits=10, {OFFER}") as (wire, head):
        assert AGREED in head
        wire.send(frame(message(LONG, key := str(uuid4()))))
        assert frame_with(wire, key).first == FIN | RSV1 | TEXT


def test_short_frames_are_not_worth_compressing(wire: Wire) -> None:
    wire.send(frame(b"{}"))
    assert frame_with(wire, '"refused"').first == FIN | TEXT


@pytest.mark.parametrize("pieces", [1, 3])
def test_what_a_client_compressed_is_said(wire: Wire, pieces: int) -> None:
    for _ in range(2):  # each by itself
        data = squeeze(message(LONG, key := str(uuid4())))
        size = -(-len(data) // pieces)
        parts = [data[start : start + size] for start in range(0, len(data), size)]
        firsts = [RSV1 | TEXT, *[CONT] * (pieces - 1)]
        firsts[-1] |= FIN
        wire.send(b"".join(frame(part, first) for part, first in zip(parts, firsts, strict=True)))
        assert LONG.strip() in text_of(frame_with(wire, key))


def test_compressed_and_plain_messages_are_heard_in_their_order(wire: Wire) -> None:
    keys = [str(uuid4()) for _ in range(6)]
    said = [message("", key) for key in keys]
    for squeezed, plain in zip(said[::2], said[1::2], strict=True):
        wire.send(frame(squeeze(squeezed), FIN | RSV1 | TEXT) + frame(plain))
    assert [json.loads(text_of(frame_with(wire, key)))["refused"]["key"] for key in keys] == keys


@pytest.mark.parametrize("size", [MAX_FRAME, MAX_FRAME + 3, 1_000 * MAX_FRAME])
def test_a_bomb_is_refused_as_too_large_and_the_stream_lives_on(wire: Wire, size: int) -> None:
    data = squeeze(b'"' + ("é" * size).encode()[:size])  # which is cut within a character
    wire.send(frame(data, FIN | RSV1 | TEXT))
    assert refusal(wire) == "too_large"
    assert_alive(wire)


def test_a_compressed_frame_as_large_as_may_be_is_looked_at(wire: Wire) -> None:
    wire.send(frame(squeeze(b" " * (MAX_FRAME - 2) + b"{}"), FIN | RSV1 | TEXT))
    assert refusal(wire) == "unknown"


def test_compressed_bytes_are_refused_like_plain_ones(wire: Wire) -> None:
    wire.send(frame(squeeze(message("in bytes")), FIN | RSV1 | BINARY))
    assert refusal(wire) == "malformed"
    assert_alive(wire)


@pytest.mark.parametrize(
    "bad",
    [
        frame(b"\xff" * 20, FIN | RSV1 | TEXT),
        frame(squeeze(b"\xff\xfe"), FIN | RSV1 | TEXT),
        frame(b"\xff\xfe"),
    ],
    ids=["not compressed as it says", "no UTF-8", "no UTF-8, plain"],
)
@pytest.mark.parametrize("then", [b"", frame(b"", FIN | CLOSE)], ids=["alone", "and a close"])
def test_what_is_no_text_ends_the_stream(wire: Wire, bad: bytes, then: bytes) -> None:
    assert_alive(wire)
    wire.send(bad + frame(message(said := "not heard any more")) + then)
    frames = wire.end()
    assert not any(said in text_of(found) for found in frames if found.opcode == TEXT)
    assert (frames[-1].opcode, frames[-1].code) == (CLOSE, 0 if then else 1007)


@pytest.mark.parametrize(
    "data",
    [
        frame(b"", FIN | RSV1 | PING),
        frame(b"", FIN | RSV1 | CLOSE),
        frame(b"", TEXT) + frame(squeeze(b"{}"), FIN | RSV1 | CONT),
        frame(squeeze(b"{}")[:2], RSV1 | TEXT) + frame(squeeze(b"{}")[2:], FIN | RSV1 | CONT),
        frame(squeeze(b"{}"), FIN | RSV1 | 0x20 | TEXT),
    ],
    ids=["ping", "close", "fragment of a plain one", "fragment of a compressed one", "RSV2 too"],
)
def test_rsv1_where_it_has_no_place_ends_the_stream(wire: Wire, data: bytes) -> None:
    wire.send(data)
    assert end_of(wire) == 1002


def test_rsv1_without_agreement_ends_the_stream(server: Server, token: str) -> None:
    with stream(server, token) as (wire, _):
        wire.send(frame(squeeze(b"{}"), FIN | RSV1 | TEXT))
        assert end_of(wire) == 1002
