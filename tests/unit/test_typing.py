"""Proves who types at which time, and that telling of it stays cheap, with the time passed in as a value."""

from hubbub.room.changes import Author
from hubbub.web.typing import EVERY, HELD, LASTS, NAMED, NOBODY, NOTES, SETTLES, Allowance, Told, Typists, pause

ANA, BEN = Author(1, "Ana"), Author(2, "Ben")


def test_who_types_is_told_in_the_order_of_beginning_until_they_stop() -> None:
    typists = Typists()
    typists.typed(ANA, 0)
    typists.typed(BEN, 1)
    typists.typed(ANA, 2)
    assert typists.now(2) == Told((ANA, BEN))
    assert typists.now(1 + LASTS) == Told((ANA,))
    assert typists.now(2 + LASTS) == NOBODY


def test_a_message_ends_typing_and_a_late_note_does_not_begin_it_again() -> None:
    typists = Typists()
    typists.typed(ANA, 0)
    typists.spoke(ANA.id, 1)
    typists.typed(ANA, 1 + SETTLES / 2)
    assert typists.now(1 + SETTLES / 2) == NOBODY
    typists.typed(ANA, 1 + SETTLES)
    assert typists.now(1 + SETTLES) == Told((ANA,))


def test_who_leaves_types_no_more() -> None:
    typists = Typists()
    typists.typed(ANA, 0)
    typists.typed(BEN, 0)
    typists.left(ANA.id)
    assert typists.now(0) == Told((BEN,))


def test_of_many_a_few_are_named_and_no_more_than_some_are_held() -> None:
    typists = Typists()
    crowd = [Author(number, f"User {number}") for number in range(10 * HELD)]
    for user in crowd:
        typists.typed(user, 0)
    assert typists.now(0) == Told(tuple(crowd[:NAMED]), more=True)
    for user in crowd[: HELD - 1]:
        typists.left(user.id)
    assert typists.now(0) == Told((crowd[HELD - 1],))


def test_a_user_is_noted_once_in_a_while() -> None:
    allowance = Allowance()
    assert [allowance.take(1, now) for now in (0, 0.1, EVERY - 0.1, EVERY)] == [True, False, False, True]


def test_a_process_tells_of_no_more_than_so_many_in_a_second() -> None:
    allowance = Allowance()
    taken = [allowance.take(user, user / 1000) for user in range(10_000)]  # ten seconds of a thousand typists each
    assert sum(taken) <= NOTES * 10
    assert any(taken[8_000:])


def test_the_more_streams_there_are_the_more_rarely_they_are_told() -> None:
    assert pause(2) == 1
    assert pause(5_000) == 3
    assert pause(10_000) is None
