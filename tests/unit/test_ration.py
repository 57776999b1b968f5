"""Proves the ration: so many bytes a second on average, and never more at once than is saved in a calm time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.web.ration import RATE, SAVED, WINDOW, Ration


class Clock:
    """A clock that stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ration(clock: Clock) -> Ration:
    return Ration(clock)


def test_what_is_saved_may_come_at_once_and_then_nothing(ration: Ration) -> None:
    assert ration.take(SAVED - 1)
    assert ration.take(1)
    assert not ration.take(1)


def test_a_second_brings_the_rate(ration: Ration, clock: Clock) -> None:
    ration.take(SAVED)
    clock.now += 1
    assert not ration.take(RATE + 1)
    assert ration.take(RATE)
    assert not ration.take(1)


def test_a_long_calm_saves_no_more_than_the_bound(ration: Ration, clock: Clock) -> None:
    ration.take(SAVED)
    clock.now += 1_000_000
    assert ration.take(SAVED)
    assert not ration.take(1)


def test_what_is_refused_takes_nothing(ration: Ration) -> None:
    assert ration.take(1)
    for _ in range(3):
        assert not ration.take(SAVED)
    assert ration.take(SAVED - 1)


def test_what_is_larger_than_the_bound_needs_all_of_it_and_leaves_a_debt(ration: Ration, clock: Clock) -> None:
    assert ration.take(SAVED + 2 * RATE)
    clock.now += 2
    assert not ration.take(1)  # only the debt is paid
    clock.now += 1
    assert ration.take(RATE)
    clock.now += SAVED / RATE - 0.01
    assert not ration.take(SAVED + 1)
    clock.now += 0.02
    assert ration.take(SAVED + 1)


def test_storm_leaves_a_window_of_what_was_saved(ration: Ration) -> None:
    ration.forfeit()
    assert ration.take(WINDOW)
    assert not ration.take(1)
    ration.forfeit()  # which leaves a debt as it is
    assert not ration.take(1)


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(1, 2 * SAVED)), min_size=1, max_size=60))
def test_nothing_exceeds_the_average_and_what_is_saved(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    ration, begun, taken = Ration(clock), clock.now, 0
    for pause, size in asked:
        clock.now += pause
        bound = SAVED + (clock.now - begun) * RATE + max(0, size - SAVED)  # the debt that this one may leave
        if ration.take(size):
            taken += size
            assert taken <= bound + 1  # a byte for the arithmetic of the clock
