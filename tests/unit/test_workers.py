"""Proves what a worker and its parent know of each other, without either serving anybody."""

import asyncio
import os
from collections.abc import Iterator
from io import TextIOWrapper

import pytest

from hubbub.workers import watch
from tests.support.clients import ARRIVAL


@pytest.fixture
def lifeline() -> Iterator[tuple[TextIOWrapper, int]]:
    """A worker's end of its lifeline, and the parent's."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as held:
        yield held, writing


async def test_end_of_the_lifeline_is_heard_once(lifeline: tuple[TextIOWrapper, int]) -> None:
    held, writing = lifeline
    heard = asyncio.Queue[None]()
    watch(held, lambda: heard.put_nowait(None))
    os.close(writing)
    async with asyncio.timeout(ARRIVAL):
        await heard.get()
    for _ in range(10):  # turns of the loop, in each of which the end could be read again
        await asyncio.sleep(0)
    assert heard.empty()
