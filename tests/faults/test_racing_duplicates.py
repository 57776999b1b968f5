"""Proves that one key said on several connections at the same moment is one message, known to all of them."""

import asyncio
from collections import Counter
from uuid import uuid4

from tests.support.clients import Crowd

KEYS = 40


async def test_racing_duplicates_of_one_key_are_one_message(crowd: Crowd) -> None:
    ana = await crowd.join("Ana")
    one, other = await ana.stream(), await ana.stream()
    keys = [uuid4() for _ in range(KEYS)]
    for number, key in enumerate(keys):
        body = f"number {number}"
        posted, *_ = await asyncio.gather(ana.post(body, key), one.say(body, key), other.say(body, key))
        assert posted.status_code in {200, 201}
    said = {str(key) for key in keys}
    for stream in (one, other):
        await stream.until(lambda stream: {message["key"] for message in stream.messages.values()} >= said)
        assert not stream.refusals
    history = (await crowd.get("/api/messages", limit=200))["messages"]
    assert Counter(message["key"] for message in history) == Counter(said)
