"""What is no WebSocket at all, sent where one is spoken, harms nobody but who sends it."""

import asyncio
import socket
import struct
from collections import Counter
from contextlib import suppress
from random import Random

from tests.support.clients import Crowd
from tests.support.neighbours import GROWTH, assert_unharmed, errors, neighbour_in
from tests.support.servers import Server
from tests.support.vitals import Vitals
from tests.support.wires import CLOSE, Wire, frame, handshake

WIRES, ODD = 4, 250  # threads, and connections of each


def odd(random: Random) -> bytes:
    """Return a frame with any first byte, any announced length and any mask bit, or no frame at all."""
    if random.random() < 0.2:
        return random.randbytes(random.randrange(1, 300))
    first, data = random.randrange(256), random.randbytes(random.choice((0, 1, 2, 125, 126, 200, 70_000)))
    if random.random() < 0.3:
        size = random.choice((0, 125, 126, 1 << 16, 1 << 20, (1 << 20) + 1, 1 << 62, (1 << 64) - 1))
        return struct.pack("!BBQ", first, random.choice((0x7F, 0xFF)), size) + random.randbytes(8)
    return frame(data, first, masked=random.random() < 0.9, mask=random.randbytes(4))


def send_oddities(port: int, token: str, seed: int) -> Counter[object]:
    """Send odd frames on one connection after the other; return with which codes they ended."""
    random = Random(seed)  # noqa: S311 as it is to be repeated
    ends: Counter[object] = Counter()
    for _ in range(ODD):
        frames = b"".join(odd(random) for _ in range(random.randrange(1, 8)))
        request = handshake(port, "/stream", f"Authorization: Bearer {token}")
        with Wire(port) as wire:
            with suppress(OSError):  # it may have ended while we write
                if random.random() < 0.1:  # without waiting for the answer
                    wire.send(request + frames)
                else:
                    wire.open(request).send(frames)
                wire.socket.shutdown(socket.SHUT_WR)
            last = wire.end()[-1:]
            ends[last[0].code if last and last[0].opcode == CLOSE else None] += 1
    return ends


async def test_what_is_no_websocket_at_all_ends_only_its_own_connection(
    server: Server, crowd: Crowd, database_url: str
) -> None:
    vitals = Vitals(server, database_url)
    token = (await crowd.join("Attacker")).token
    async with neighbour_in(crowd) as neighbour:
        before = await neighbour.calm()
        await asyncio.to_thread(send_oddities, server.port, token, 0)
        held, memory = await vitals.settled(), vitals.rss
        attack = asyncio.gather(
            *(asyncio.to_thread(send_oddities, server.port, token, seed) for seed in range(1, WIRES + 1))
        )
        under = await neighbour.during(attack)
        await vitals.return_to(held)
    ends = sum(attack.result(), Counter[object]())
    print(f"{ends.total()} odd connections ended with {dict(ends)}")  # noqa: T201 as it is the figure that is asked for
    assert_unharmed(before, under, "odd bytes")
    assert vitals.rss - memory < GROWTH
    assert ends.keys() <= {None, 1002, 1003, 1007, 1009, *range(1000, 5000)}
    assert ends[1002] > 0
    assert errors(server) == []
