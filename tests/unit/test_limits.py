"""Proves how much one user or address may ask for, how long a refused one waits, and that memory stays bounded."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import TooMany
from hubbub.web.limits import WINDOW, Places, Rate, address_key


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken_at_once(rate: Rate, key: object, most: int = 10_000) -> int:
    """Take until refused, and return how many were given."""
    for count in range(most):
        try:
            rate.take(key)
        except TooMany:
            return count
    return most


@pytest.mark.parametrize(("per_second", "burst"), [(1, 10), (5, 50), (100, 1000), (0.5, 5), (0.01, 1)])
def test_ten_seconds_worth_and_at_least_one_comes_at_once(per_second: float, burst: int) -> None:
    assert taken_at_once(Rate(per_second, "things", Clock()), "ana") == burst


def test_allowance_fills_up_with_the_clock() -> None:
    clock = Clock()
    rate = Rate(2, "things", clock)
    taken_at_once(rate, "ana")
    clock.now += 3
    assert taken_at_once(rate, "ana") == 6
    clock.now += 1000
    assert taken_at_once(rate, "ana") == 20


def test_one_who_asks_too_much_costs_the_others_nothing() -> None:
    rate = Rate(2, "things", Clock())
    taken_at_once(rate, "mallory")
    assert taken_at_once(rate, "ana") == 20


@given(per_second=st.floats(0.01, 1000), steps=st.lists(st.floats(0, 20), max_size=20))
def test_who_waits_as_long_as_told_is_let_in(per_second: float, steps: list[float]) -> None:
    clock = Clock()
    rate = Rate(per_second, "things", clock)
    for step in steps:
        clock.now += step
        taken_at_once(rate, "ana", most=100)
    taken_at_once(rate, "ana", most=20_000)
    with pytest.raises(TooMany) as refusal:
        rate.take("ana")
    wait = refusal.value.retry_after
    assert wait is not None
    assert 0 < wait <= 1 / per_second + 0.002
    clock.now += wait
    rate.take("ana")


def test_refusal_tells_a_person_how_many_seconds_to_wait() -> None:
    rate = Rate(0.4, "messages at once", Clock())
    taken_at_once(rate, "ana")
    with pytest.raises(TooMany, match=r"^Too many messages at once\. Try again in 3 s\.$") as refusal:
        rate.take("ana")
    assert refusal.value.retry_after == 2.5


def test_zero_lifts_the_limit() -> None:
    assert taken_at_once(Rate(0, "things", Clock()), "ana", most=5000) == 5000


def test_keys_are_forgotten_once_their_allowance_is_whole() -> None:
    clock = Clock()
    rate = Rate(1, "things", clock)
    for number in range(5_000):
        clock.now += 0.01
        rate.take(number)
        # Whole again after a second: a hundred such keys at the most.
        assert len(rate._whole_at) <= 101  # noqa: SLF001 as memory shows nowhere else


def test_key_that_is_never_whole_keeps_no_others_in_memory() -> None:
    clock = Clock()
    rate = Rate(1, "things", clock)
    rate.take("busy")
    for number in range(5_000):
        clock.now += 0.01
        rate.take(number)
        if number % 100 == 0:
            rate.take("busy")
    assert len(rate._whole_at) <= 500  # noqa: SLF001 as memory shows nowhere else


@pytest.mark.parametrize("per_second", [0, 3])
def test_memory_of_a_flood_is_given_back(per_second: float) -> None:
    clock = Clock()
    rate = Rate(per_second, "things", clock)
    for number in range(1_000):
        rate.take(number)
    clock.now += WINDOW
    for _ in range(501):
        clock.now += 1
        rate.take("ana")
    assert len(rate._whole_at) <= 2  # noqa: SLF001 as memory shows nowhere else


def test_so_many_places_and_no_more() -> None:
    places = Places(2, "open streams")
    with places.taken("ana"), places.taken("ana"), places.taken("ben"):
        with (
            pytest.raises(TooMany, match=r"^Too many open streams \(2\)\. Close some\.$") as refusal,
            places.taken("ana"),
        ):
            pass
        assert refusal.value.retry_after
    with places.taken("ana"), places.taken("ana"):
        pass


def test_place_is_given_back_when_its_holder_fails() -> None:
    places = Places(1, "open streams")
    with pytest.raises(RuntimeError), places.taken("ana"):
        raise RuntimeError
    with places.taken("ana"):
        pass
    assert not places._taken  # noqa: SLF001 as memory shows nowhere else


def test_zero_gives_any_number_of_places() -> None:
    places = Places(0, "open streams")
    with ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(places.taken("ana"))


@pytest.mark.parametrize(
    ("host", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("2001:DB8::1", "2001:db8::1", True),
        ("unknown", "unknown", True),
        ("unknown", "", False),
    ],
)
def test_ipv6_customer_counts_as_one_address(host: str, other: str, same: bool) -> None:  # noqa: FBT001 as a table
    assert (address_key(host) == address_key(other)) is same
