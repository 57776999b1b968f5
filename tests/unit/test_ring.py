"""Proves the ring: whoever returns gets exactly what they lack, or hears that it is too long ago."""

import tracemalloc
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hubbub.room.changes import Author, Changes, Message
from hubbub.web.frames import Delivery, Kind
from hubbub.web.ring import Ring


def said(*revs: int) -> Changes:
    messages = tuple(
        Message(rev, rev, UUID(int=rev), Author(1, "Ana"), f"number {rev}", datetime.now(UTC), None, None)
        for rev in revs
    )
    return Changes(revs[-1], messages, (), 1, 1)


@pytest.fixture
def ring() -> Ring:
    """A ring of four rows that begins after revision 10 and has been told of 11 to 16."""
    ring = Ring(rows=4)
    ring.begin(10)
    for changes in (said(11, 12), said(13), said(14, 15, 16)):
        ring.add(Delivery(changes, changes.rev))
    return ring


@pytest.mark.parametrize(("cursor", "revs"), [(12, [13, 16]), (13, [16]), (14, [16]), (16, []), (99, [])])
def test_returning_cursor_gets_every_delivery_it_lacks(ring: Ring, cursor: int, revs: list[int]) -> None:
    missed = ring.since(cursor)
    assert missed is not None
    assert [delivery.rev for delivery in missed] == revs


@pytest.mark.parametrize("cursor", [0, 10, 11])
def test_cursor_older_than_the_ring_is_told_so(ring: Ring, cursor: int) -> None:
    assert ring.since(cursor) is None


def test_ring_that_begins_anew_forgets_what_it_held(ring: Ring) -> None:
    ring.begin(5)
    assert ring.since(4) is None
    assert not ring.since(5)
    assert ring.since(5) is not None


def test_delivery_is_encoded_once_per_kind(ring: Ring) -> None:
    missed = ring.since(13)
    assert missed
    assert missed[0].frame(Kind.HTML_ROOM) is missed[0].frame(Kind.HTML_ROOM)
    assert missed[0].frame(Kind.HTML_ROOM) != missed[0].frame(Kind.JSON_ROOM)


def test_cursors_that_somebody_makes_up_do_not_fill_the_memory() -> None:
    delivery = Delivery(said(*range(1, 100)), 99)
    size = len(delivery.frame(Kind.JSON_ROOM))
    tracemalloc.start()
    for cursor in range(99):
        assert delivery.frame(Kind.JSON_ROOM, cursor) != delivery.frame(Kind.JSON_ROOM)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 50 * size
    assert delivery.frame(Kind.HTML_ROOM) is delivery.frame(Kind.HTML_ROOM)
