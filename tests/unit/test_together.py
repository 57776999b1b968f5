"""Proves that many who ask at the same time share one answer, and that it is never older than their question."""

import asyncio
from asyncio import Future

import pytest

from hubbub.room.together import Together
from tests.support.clients import ARRIVAL


class Oracle:
    """Answers with how often it was asked; each answer when the test says so."""

    def __init__(self) -> None:
        # What was asked, oldest first.
        self.asked: list[Future[int]] = []
        self._news = asyncio.Event()

    async def __call__(self) -> int:
        self.asked.append(asyncio.get_running_loop().create_future())
        self._news.set()
        return await self.asked[-1]

    async def until(self, times: int) -> None:
        """Return once it has been asked so many times."""
        async with asyncio.timeout(ARRIVAL):
            while len(self.asked) < times:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def together(oracle: Oracle) -> Together[int]:
    return Together(oracle)


def ask(together: Together[int], times: int) -> "list[asyncio.Task[int]]":
    """Let so many ask."""
    return [asyncio.create_task(together.answer()) for _ in range(times)]


async def answers(*waiting: "asyncio.Task[int]") -> list[int | BaseException]:
    """Return what they were answered, or what was raised."""
    async with asyncio.timeout(ARRIVAL):
        return await asyncio.gather(*waiting, return_exceptions=True)


async def test_those_who_ask_at_once_share_one_answer(together: Together[int], oracle: Oracle) -> None:
    waiting = ask(together, 5)
    await oracle.until(1)
    oracle.asked[0].set_result(1)
    assert await answers(*waiting) == [1] * 5
    assert len(oracle.asked) == 1


async def test_those_who_come_while_it_is_asked_share_the_next_answer(together: Together[int], oracle: Oracle) -> None:
    first = ask(together, 2)
    await oracle.until(1)
    later = ask(together, 3)
    await asyncio.sleep(0)  # they have asked
    assert len(oracle.asked) == 1  # one question at a time
    oracle.asked[0].set_result(1)
    assert await answers(*first) == [1, 1]
    await oracle.until(2)
    assert not any(one.done() for one in later)
    oracle.asked[1].set_result(2)
    assert await answers(*later) == [2, 2, 2]
    assert len(oracle.asked) == 2


async def test_who_asks_after_an_answer_gets_another(together: Together[int], oracle: Oracle) -> None:
    for number in (1, 2):
        (one,) = ask(together, 1)
        await oracle.until(number)
        oracle.asked[-1].set_result(number)
        assert await answers(one) == [number]


async def test_an_error_reaches_all_who_wait_and_the_next_ask_again(together: Together[int], oracle: Oracle) -> None:
    first = ask(together, 3)
    await oracle.until(1)
    later = ask(together, 2)
    await asyncio.sleep(0)
    error = OSError("away")
    oracle.asked[0].set_exception(error)
    assert await answers(*first) == [error] * 3
    await oracle.until(2)
    oracle.asked[1].set_result(2)
    assert await answers(*later) == [2, 2]


async def test_who_gives_up_disturbs_nobody(together: Together[int], oracle: Oracle) -> None:
    gone, stays = ask(together, 2)
    await oracle.until(1)
    later_gone, later_stays = ask(together, 2)
    await asyncio.sleep(0)
    for one in (gone, later_gone):
        one.cancel()
    assert [type(answer) for answer in await answers(gone, later_gone)] == [asyncio.CancelledError] * 2
    oracle.asked[0].set_result(1)
    await oracle.until(2)
    oracle.asked[1].set_result(2)
    assert await answers(stays, later_stays) == [1, 2]


async def test_an_error_that_nobody_waits_for_any_more_is_no_error_of_the_loop(
    together: Together[int], oracle: Oracle
) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    (gone,) = ask(together, 1)
    await oracle.until(1)
    gone.cancel()
    await answers(gone)
    oracle.asked[0].set_exception(OSError("away"))
    (later,) = ask(together, 1)
    await oracle.until(2)
    oracle.asked[1].set_result(2)
    await answers(later)
    (another,) = ask(together, 1)  # by now nothing holds on to the first
    await oracle.until(3)
    oracle.asked.pop(0)
    oracle.asked[-1].set_result(3)
    assert await answers(another) == [3]
    assert complaints == []
