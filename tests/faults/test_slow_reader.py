"""A client that reads slowly or not at all costs itself its connection, the others nothing, and nobody a message."""

import asyncio

from websockets import ConnectionClosed

from tests.support.clients import Client, Crowd, Stream
from tests.support.metrics import scrape

LARGE = "😀" * 3_950  # 16 KB


async def flood(talking: Stream, messages: int, name: str) -> None:
    """Say many large things, and return once all are in the room."""
    for number in range(messages):
        await talking.say(f"{name} {number} {LARGE}")
        if number % 20 == 0:
            await asyncio.sleep(0)
    await talking.until(lambda one: f"{name} {messages - 1} {LARGE}" == one.newest)


async def complete(client: Client, held: Stream, rev: int) -> Stream:
    """Come back with the cursor, as often as it takes, and return what is held then."""
    while held.rev < rev:
        back = await client.stream(after=held.rev)
        back.messages, back.rev = held.messages, held.rev
        held = back
        try:
            await held.until(lambda one: one.rev >= rev)
        except ConnectionClosed:
            continue
    return held


async def test_who_never_reads_is_cut_and_complete_when_back_while_others_go_on(crowd: Crowd) -> None:
    slow, quick, talker = [await crowd.join(name) for name in ("Slow", "Quick", "Talker")]
    stuck, beside, talking = await slow.stream(narrow=True), await quick.stream(), await talker.stream()
    await stuck.frame()
    stuck.socket.transport.pause_reading()
    listening = asyncio.create_task(beside.until(lambda one: len(one.messages) == 600))
    await flood(talking, 600, "flood")
    await listening
    stuck.socket.transport.resume_reading()
    assert (await stuck.ends())[0] == 1006
    assert len(stuck.messages) < 600
    assert (await scrape(crowd.http))["hubbub_streams_cut_total"] == 1
    held = await complete(slow, stuck, beside.rev)
    assert held.messages == beside.messages == talking.messages


async def test_who_catches_up_slowly_is_waited_for(crowd: Crowd) -> None:
    slow, talker = await crowd.join("Slow"), await crowd.join("Talker")
    talking = await talker.stream()
    await flood(talking, 600, "history")
    catching_up = await slow.stream(after=0, narrow=True)
    catching_up.socket.transport.pause_reading()
    for number in range(1_200):  # more than the audience keeps for those who return
        await talking.say(f"meanwhile {number}")
    await talking.sees("meanwhile 1199")
    catching_up.socket.transport.resume_reading()
    await catching_up.until(lambda one: one.rev >= talking.rev)
    assert not catching_up.resets
    assert catching_up.messages == talking.messages
