"""Clients that take nothing of what is written to them cost a bounded memory and, before long, only themselves.

That they are complete when they come back with their cursor is proved in `test_slow_reader.py`.
"""

import asyncio
from contextlib import ExitStack

import pytest

from hubbub.web.pulse import TURN
from hubbub.web.transport import LINGER, UNSENT
from tests.support.clients import Crowd
from tests.support.floods import flood
from tests.support.neighbours import assert_unharmed, neighbour_in
from tests.support.servers import Server
from tests.support.vitals import MEBIBYTE, Vitals
from tests.support.wires import FIN, PING, Wire, frame, handshake

DEAF = 30  # of each kind
LARGE = "x" * 3_900
MESSAGES = 1_600  # 6 MB: more than the system and the server keep for one connection
AT_ONCE = 100  # of them: less than a healthy client may owe
FLOOD = 64 * MEBIBYTE  # of pings at most
GROWTH = 48  # mebibytes for whatever an allocator keeps
BOUND = 2 * TURN + LINGER + 10  # seconds until the last of them is let go


def ping_for_ever(wire: Wire) -> None:
    """Send pings and never read the answers, until cut."""
    pings = frame(b"*" * 125, FIN | PING) * 100
    with pytest.raises(OSError, match=r"reset|pipe"):
        send_up_to(wire, pings, FLOOD)


def send_up_to(wire: Wire, data: bytes, most: int) -> None:
    for _ in range(most // len(data)):
        wire.send(data)


async def test_who_takes_nothing_costs_a_bounded_memory_and_is_let_go(
    server: Server, crowd: Crowd, database_url: str
) -> None:
    vitals = Vitals(server, database_url)
    ana = await crowd.join("Ana")

    def deaf(stack: ExitStack, path: str) -> Wire:
        """Open a stream of which little is taken in, and nothing read."""
        request = handshake(server.port, path, f"Authorization: Bearer {ana.token}")
        return stack.enter_context(Wire(server.port, receive=4_096)).open(request)

    async def flood_all() -> None:
        """Say more than anybody may owe, at a pace that whoever reads can follow on a busy machine."""
        for _ in range(MESSAGES // AT_ONCE):
            await flood(database_url, ana.user["id"], LARGE, AT_ONCE)
            await neighbour.catches_up()

    async def attack(stack: ExitStack) -> float:
        """Let all of them take nothing, and return the most memory that it took."""
        for number in range(DEAF):
            await asyncio.to_thread(deaf, stack, f"/stream?after={number}")  # who catches up, …
            await asyncio.to_thread(deaf, stack, "/stream")  # … who follows …
            ended = await asyncio.to_thread(
                deaf, stack, f"/stream?after={number}"
            )  # … and whose stream has to be ended
            ended.send(b"\xff" * 9)
        pinging = asyncio.gather(*(asyncio.to_thread(ping_for_ever, deaf(stack, "/stream")) for _ in range(4)))
        flooded = asyncio.gather(pinging, flood_all())
        measured = asyncio.ensure_future(neighbour.during(flooded))
        peak = await vitals.peak(measured)
        assert_unharmed(before, measured.result(), "clients that take nothing", slack=1.0)
        return peak

    async with neighbour_in(crowd) as neighbour:
        # The first time is the measure, and fills whatever is kept of what was said.
        before = await neighbour.during(flood_all())
        held, memory = await vitals.settled(), vitals.rss
        with ExitStack() as stack:
            peak = await attack(stack)
        await vitals.return_to(held)
        # What an allocator keeps of the first attack serves the second; a leak would be there twice.
        kept = vitals.rss
        with ExitStack() as stack:
            peak = max(peak, await attack(stack), await vitals.peak(vitals.return_to(held, within=BOUND)))
        assert vitals.rss - kept < GROWTH
        assert (peak - memory) / (3 * DEAF + 4) < 1.5 * UNSENT / MEBIBYTE
