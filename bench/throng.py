"""Thousands of streams in one process, as cheap as Python can read them: a selector, no loop, no parsing.

The same bytes reach many streams, so what stands in a piece of them is found out once, and known again by its size and
its edges. A message carries when it was said; it counts as delivered to a stream once its whole frame is there.
"""

import errno
import random
import re
import resource
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat

BODY = 400  # bytes of a message
READ = 1024 * 1024  # bytes taken from a stream at once: whole frames, however many
EDGE = 1024  # bytes: what is taken begins with a frame, so its first message, and when that was said, is in them
FEW = 3  # messages that are said, however long they take
IN_FLIGHT = 200  # connections that are being opened at once
OPENING = 90.0  # seconds in which all have to be open
PATIENCE = 60.0  # seconds in which nothing arrives that should: something is broken
ADDRESSES = 8  # of the client, as each has only so many ports
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
STAMP = re.compile(rb"sent at ([0-9.]+) ")


def many_files() -> int:
    """Let this process and its children open as many files as they may, and return how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def client_frame(data: bytes, kind: int = TEXT) -> bytes:
    """Return a frame as a client sends it; a mask of zeros is a mask (RFC 6455, section 5.3)."""
    size = len(data)
    head = struct.pack("!BB", kind, 0x80 | size) if size < 126 else struct.pack("!BBH", kind, 0xFE, size)
    return head + bytes(4) + data


@dataclass(frozen=True)
class Speech:
    """How a client of some server speaks: what it sends to get in, to say something, and to be kept."""

    request: bytes
    # Returns the frame that says a body.
    say: Callable[[str], bytes]
    # What the server sends after the head of its answer before one is in, each with what the client then sends.
    welcome: Sequence[tuple[bytes, bytes]] = ()
    # Texts of the server that want an answer.
    answers: dict[bytes, bytes] = field(default_factory=dict)


class Stream:
    """One connection."""

    __slots__ = ("awaited", "connection", "is_open", "rest", "step")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.is_open = False
        # How much of the welcome has been said.
        self.step = 0
        # Bytes of a frame that is not whole yet.
        self.rest = b""
        # What it has said and not seen yet, by when it was said.
        self.awaited: set[float] = set()


class Piece:
    """Bytes as streams got them: which messages end in them, and what is to be answered."""

    __slots__ = ("answer", "arrivals", "ends", "last", "rest", "size", "stamps", "text")

    def __init__(self, data: bytes, speech: Speech) -> None:
        found, answer, start = [], [], 0
        self.ends = False
        # The last text in it, and the bytes of all.
        self.text, self.size = b"", 0
        while (frame := _frame(data, start)) is not None:
            kind, text, start = frame
            self.ends |= kind == CLOSE
            if kind == TEXT:
                self.text, self.size = text, self.size + len(text)
            if kind == PING:
                answer.append(client_frame(text, PONG))
            elif text in speech.answers:
                answer.append(client_frame(speech.answers[text]))
            elif kind == TEXT:
                found += [float(stamp) for stamp in STAMP.findall(text)]
        self.stamps = frozenset(found)
        self.answer, self.rest = b"".join(answer), data[start:]
        # How many streams got it, and when the last one did.
        self.arrivals, self.last = 0, 0.0


def _frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """Return the kind, the content and the end of the frame that begins there, if it is whole."""
    if len(data) < start + 2:
        return None
    size, body = data[start + 1], start + 2
    wide = {126: ("!H", 2), 127: ("!Q", 8)}.get(size)
    if wide:
        if len(data) < body + wide[1]:
            return None
        (size,), body = struct.unpack_from(wide[0], data, body), body + wide[1]
    return None if len(data) < body + size else (data[start], data[body : body + size], body + size)


class Throng:
    """Streams to one server, and the account of what they got since it was begun."""

    def __init__(self, port: int, speech: Speech) -> None:
        many_files()
        self._port = port
        self._speech = speech
        self._view = memoryview(bytearray(READ))
        self._selector = selectors.DefaultSelector()
        self.streams: list[Stream] = []
        # How many have ever been let in.
        self.opened = 0
        self._chance = random.Random(1)  # noqa: S311 as the same for everybody is wanted
        self.begin()

    def begin(self) -> None:
        """Begin a new account."""
        # By size and edges: to look at all bytes would cost as much as to read them.
        self._pieces: dict[tuple[int, bytes, bytes], Piece] = {}
        self.deliveries = self.bytes = self.said = 0

    def open(self, count: int) -> None:
        """Open so many more streams."""
        self.let_in(repeat(self._speech, count))

    def let_in(self, speeches: Iterable[Speech]) -> None:
        """Open a stream for each of them, many at once."""
        begun, asked, until = self.opened, 0, time.perf_counter() + OPENING
        for speech in speeches:
            self.connect(speech)
            asked += 1
            self._wait_for(begun + asked - IN_FLIGHT, until)
        self._wait_for(begun + asked, until)

    def _wait_for(self, opened: int, until: float) -> None:
        while self.opened < opened:
            self.turn(1.0)
            assert time.perf_counter() < until, f"{self.opened} of {opened} streams are open"

    def connect(self, speech: Speech) -> None:
        """Begin to open one."""
        connection = socket.socket()
        if sys.platform == "linux":  # where all of 127.0.0.0/8 is this machine
            connection.bind((f"127.0.0.{2 + len(self.streams) % ADDRESSES}", 0))
        connection.connect(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(0)
        connection.send(speech.request)
        stream = Stream(connection)
        self._selector.register(connection, selectors.EVENT_READ, stream)
        self.streams.append(stream)

    def leave(self, place: int) -> None:
        """Close one: 0 is the oldest, -1 the newest."""
        stream = self.streams.pop(place)
        self._selector.unregister(stream.connection)
        stream.connection.close()

    def say(self, stream: Stream | None = None) -> None:
        """Let one of them say a message."""
        stream = stream or self._chance.choice(self.streams)
        stamp = round(time.perf_counter(), 7)
        stream.awaited.add(stamp)
        stream.connection.send(self._speech.say(f"sent at {stamp:.7f} ".ljust(BODY, "x")))
        self.said += 1

    def say_in_turn(self, count: int, seconds: float = PATIENCE) -> None:
        """Say so many messages, each when everybody has the last; fewer if that takes too long."""
        until = time.perf_counter() + seconds
        while self.said < count and (self.said < FEW or time.perf_counter() < until):
            self.say()
            assert self.settle(), "a message is lost"

    def say_at(self, rate: float, seconds: float) -> None:
        """Say so many messages per second, evenly, however slowly they arrive."""
        due = begun = time.perf_counter()
        while due < begun + seconds:
            self.turn(max(0.0, due - time.perf_counter()))
            while due <= time.perf_counter():
                self.say()
                due += 1 / rate

    def say_on(
        self, speakers: Sequence[Stream], seconds: float, *, on_the_way: int = 1, most: int = sys.maxsize
    ) -> None:
        """Let some have so many messages on the way: for each that they see they say another, up to a number of all."""
        until = time.perf_counter() + seconds
        for speaker in speakers:
            speaker.awaited.clear()
            for _ in range(on_the_way):
                self.say(speaker)
        while time.perf_counter() < until and self.said < most:
            for stream, piece in self.turn(0.1):
                if seen := stream.awaited & piece.stamps:
                    stream.awaited -= seen
                    for _ in range(min(len(seen), most - self.said)):
                        self.say(stream)

    def settle(self, patience: float = PATIENCE) -> bool:
        """Return when everybody has everything, and True; False if that takes too long."""
        until = time.perf_counter() + patience
        while self.deliveries < self.said * len(self.streams):
            self.turn(0.1)
            if time.perf_counter() > until:
                return False
        return True

    def rest(self, seconds: float) -> None:
        """Only listen for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.turn(left)

    def turn(self, patience: float) -> list[tuple[Stream, Piece]]:
        """Take in what has arrived; return it, with those it arrived at."""
        taken = []
        for key, _ in self._selector.select(patience):
            stream: Stream = key.data
            size = stream.connection.recv_into(self._view)
            assert size, f"a stream was ended with {stream.rest!r}"
            self.bytes += size
            data = self._view[:size]
            if stream.rest:
                data = memoryview(stream.rest + data)
            if not stream.is_open:
                data = memoryview(self._enter(stream, bytes(data)))
                if not data:
                    continue
            known = len(data), bytes(data[:EDGE]), bytes(data[-EDGE:])
            piece = self._pieces.get(known)
            if piece is None:
                piece = self._pieces[known] = Piece(bytes(data), self._speech)
            piece.arrivals += 1
            piece.last = time.perf_counter()
            stream.rest = piece.rest
            self.deliveries += len(piece.stamps)
            if piece.answer:
                stream.connection.send(piece.answer)
            assert not piece.ends, f"the server ended a stream: {bytes(data)!r}"
            taken.append((stream, piece))
        return taken

    def latencies(self) -> list[float]:
        """Return the seconds from a send until the last stream had it, for each message."""
        last: dict[float, float] = {}
        for piece in self._pieces.values():
            for stamp in piece.stamps:
                last[stamp] = max(last.get(stamp, 0.0), piece.last)
        return sorted(arrived - said for said, arrived in last.items())

    def close(self) -> None:
        """End all connections at once."""
        self._selector.close()
        for stream in self.streams:
            stream.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.connection.close()

    def _enter(self, stream: Stream, data: bytes) -> bytes:
        """Go on with the handshake; return what follows it."""
        if stream.step == 0:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                stream.rest = data
                return b""
            if b" 101 " not in head:
                raise ConnectionError(errno.ECONNREFUSED, data.decode())
            stream.step, stream.rest, data = 1, b"", rest
        while stream.step <= len(self._speech.welcome):
            expected, answer = self._speech.welcome[stream.step - 1]
            frame = _frame(data, 0)
            if frame is None:
                stream.rest = data
                return b""
            _, text, end_of_frame = frame
            assert text.startswith(expected), text
            if answer:
                stream.connection.send(client_frame(answer))
            stream.step += 1
            data = data[end_of_frame:]
        stream.rest = b""
        stream.is_open = True
        self.opened += 1
        return data
