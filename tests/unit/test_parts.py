"""Proves that changes can be cut into parts that a client can take, without losing or moving a row."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.room.changes import WEIGHT, Author, Changes, Message, User

ANA = Author(1, "Ana")
NONE = Changes(9, (), (), 1, 2)


def message(rev: int, size: int) -> Message:
    return Message(rev, rev, UUID(int=rev), ANA, "x" * size, datetime.now(UTC), None, None)


@given(st.lists(st.integers(0, 4_000), max_size=120), st.integers(0, 5))
def test_parts_are_the_whole_and_light(sizes: list[int], users: int) -> None:
    messages = tuple(message(rev, size) for rev, size in enumerate(sizes, 1))
    people = tuple(
        User(n, len(sizes) + n, f"User {n}", online=True, last_seen_at=None, sort_key=f"user {n}")
        for n in range(1, users + 1)
    )
    whole = replace(NONE, rev=len(sizes) + users + 7, messages=messages, users=people)
    parts = list(whole.parts())
    assert tuple(one for part in parts for one in part.messages) == messages
    assert tuple(one for part in parts for one in part.users) == people
    assert all(sum(len(one.body) for one in part.messages) <= WEIGHT for part in parts)
    assert [part.rev for part in parts] == sorted({part.rev for part in parts})
    assert all(one.rev <= part.rev for part in parts for one in part.messages)
    assert all(one.rev <= part.rev for part in parts for one in part.users)
    assert parts[-1].rev == whole.rev


@pytest.mark.parametrize("whole", [NONE, replace(NONE, messages=(message(9, 5),))])
def test_light_changes_are_one_part(whole: Changes) -> None:
    assert list(whole.parts()) == [whole]
