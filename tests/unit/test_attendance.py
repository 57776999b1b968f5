"""Proves when somebody is here: tabs, grace, and what is to be written, with the time passed in as a value."""

from hypothesis import given
from hypothesis import strategies as st

from hubbub.room.presence import GRACE, ROWS, Attendance, Tick

NOTHING = Tick((), ())
ANA, BEN = 1, 2


def written(attendance: Attendance, now: float) -> Tick:
    """Write the tick that is due, and return it."""
    tick = attendance.plan(now)
    attendance.wrote(tick)
    return tick


def test_first_stream_arrives_and_last_departs_after_the_grace() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    assert written(attendance, 0) == Tick((ANA,), ())
    attendance.closed(ANA, 10)
    assert attendance.next_departure() == 10 + GRACE
    assert written(attendance, 10 + GRACE - 0.01) == NOTHING
    assert written(attendance, 10 + GRACE) == Tick((), (ANA,))
    assert attendance.next_departure() is None


def test_two_tabs_are_one_presence() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    attendance.opened(ANA)
    assert written(attendance, 0) == Tick((ANA,), ())
    attendance.closed(ANA, 1)
    assert attendance.next_departure() is None
    assert written(attendance, 100) == NOTHING
    attendance.closed(ANA, 100)
    assert written(attendance, 200) == Tick((), (ANA,))


def test_reload_does_not_flicker() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    written(attendance, 0)
    attendance.closed(ANA, 1)
    attendance.opened(ANA)
    assert attendance.next_departure() is None
    assert written(attendance, 1 + 10 * GRACE) == NOTHING


def test_who_says_that_they_leave_has_no_grace() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    written(attendance, 0)
    attendance.closed(ANA, 1, grace=0)
    assert written(attendance, 1) == Tick((), (ANA,))


def test_visit_shorter_than_a_tick_is_seen_until_its_grace_ends() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    attendance.closed(ANA, 0)
    assert written(attendance, 0.1) == Tick((ANA,), ())
    assert written(attendance, GRACE) == Tick((), (ANA,))


def test_what_could_not_be_written_is_planned_again() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    assert attendance.plan(0) == attendance.plan(1) == Tick((ANA,), ())


def test_what_changed_while_a_tick_was_written_is_in_the_next() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    tick = attendance.plan(0)
    attendance.closed(ANA, 0, grace=0)
    attendance.opened(BEN)
    attendance.wrote(tick)
    assert written(attendance, 0) == Tick((BEN,), (ANA,))


def test_lost_lease_means_that_all_who_are_here_are_written_again() -> None:
    attendance = Attendance()
    attendance.opened(ANA)
    attendance.opened(BEN)
    written(attendance, 0)
    attendance.closed(BEN, 0, grace=0)
    attendance.forgotten()
    assert written(attendance, 0) == Tick((ANA,), ())


def test_storm_is_written_in_bounded_ticks() -> None:
    attendance = Attendance()
    for user_id in range(2 * ROWS + 1):
        attendance.opened(user_id)
    assert [len(written(attendance, 0).arrived) for _ in range(4)] == [ROWS, ROWS, 1, 0]
    for user_id in range(2 * ROWS + 1):
        attendance.closed(user_id, 0)
    assert [len(written(attendance, GRACE).departed) for _ in range(4)] == [ROWS, ROWS, 1, 0]


MOVES = st.lists(st.tuples(st.sampled_from("ocw"), st.integers(1, 3), st.floats(0, 3)), max_size=40)


@given(MOVES)
def test_database_ends_with_exactly_those_who_have_a_stream(moves: list[tuple[str, int, float]]) -> None:
    attendance, streams, database, now = Attendance(), [0, 0, 0, 0], set[int](), 0.0
    for move, user_id, seconds in moves:
        now += seconds
        if move == "o":
            attendance.opened(user_id)
            streams[user_id] += 1
        elif move == "c" and streams[user_id]:
            attendance.closed(user_id, now)
            streams[user_id] -= 1
        elif move == "w":
            tick = written(attendance, now)
            assert database.isdisjoint(tick.arrived)
            assert database.issuperset(tick.departed)
            assert not any(streams[gone] for gone in tick.departed)
            database = (database | set(tick.arrived)) - set(tick.departed)
    tick = written(attendance, now + GRACE)
    assert (database | set(tick.arrived)) - set(tick.departed) == {user for user in (1, 2, 3) if streams[user]}
    assert attendance.next_departure() is None
