"""A question that many ask at the same time, asked once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Together(Generic[Answer]):
    """Asks once for all who wait. No answer is older than its question: who comes during one waits for the next."""

    def __init__(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        self._ask = ask
        # What is being asked, and for those who came since then, what will be asked right after it.
        self._asking: asyncio.Task[Answer] | None = None
        self._next: asyncio.Task[Answer] | None = None

    async def answer(self) -> Answer:
        """Return an answer, or raise what asking raised."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask_after(self._asking))
            self._next.add_done_callback(_take_note)
        return await asyncio.shield(self._next)

    async def _ask_after(self, asking: asyncio.Task[Answer] | None) -> Answer:
        if asking:
            await asyncio.wait([asking])
        self._asking, self._next = self._next, None
        return await self._ask()


def _take_note(asked: asyncio.Task[Answer]) -> None:
    """Look at what became of it: whoever asked may have gone, and a failure that nobody looks at is logged."""
    if not asked.cancelled():
        asked.exception()
