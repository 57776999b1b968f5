"""Proves the rows of the front page: told of changes they end as a page that is read anew, or say that they cannot.

The bounds are small here, so that short histories cross all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubbub.room.changes import Author, Changes, Message, User
from hubbub.web import front_page
from hubbub.web.front_page import Page, Rows

MESSAGES, PEOPLE, HELD = 3, 3, 6
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
# In the order of code points, which is neither that of UTF-16 nor that of any language.
NAMES = ("Z", "a", "aa", "b", "é", "ü", "中", "\uffee", "😀", "😁")


@pytest.fixture(autouse=True, scope="module")
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(front_page, "MESSAGES", MESSAGES)
        patch.setattr(front_page, "PEOPLE", PEOPLE)
        patch.setattr(front_page, "HELD", HELD)
        yield


class World:
    """The whole room, and every change of it in its order."""

    def __init__(self) -> None:
        self.rev = 0
        self.users: dict[str, User] = {}
        self.messages: dict[int, Message] = {}

    def come(self, name: str, *, online: bool) -> None:
        """Let somebody join, come or go."""
        self.rev += 1
        self.users[name] = User(NAMES.index(name), self.rev, name, online, NOON, sort_key=name)

    def say(self) -> None:
        """Let somebody say something."""
        self.rev += 1
        key = UUID(int=self.rev)
        self.messages[self.rev] = Message(self.rev, self.rev, key, Author(1, "Z"), "said", NOON, None, None)

    def edit(self, place: int) -> None:
        """Edit a message, counted from the newest."""
        if self.messages:
            number = sorted(self.messages, reverse=True)[place % len(self.messages)]
            self.rev += 1
            self.messages[number] = self.messages[number]._replace(rev=self.rev, body=f"edited at {self.rev}")

    def changes(self, after: int) -> Changes:
        """Answer the one question."""
        messages, users = (
            tuple(sorted((row for row in rows if row.rev > after), key=lambda row: row.rev))
            for rows in (self.messages.values(), self.users.values())
        )
        return Changes(self.rev, messages, users, 0, len(self.users))  # type: ignore[arg-type]  # mypy loses which is which

    def rows(self) -> Rows:
        """Read the rows as the front page does."""
        return Rows(self._newest[-MESSAGES - 1 :], self._listed[:HELD], goes_on=len(self.users) > HELD)

    def page(self) -> Page:
        """Read the page itself."""
        messages, users = self._newest[-MESSAGES:], self._listed[:PEOPLE]
        older = messages[0].id if len(self.messages) > MESSAGES else None
        return Page(messages, older, users, users[-1].cursor if len(self.users) > PEOPLE else None)

    @property
    def _newest(self) -> list[Message]:
        return [message for _, message in sorted(self.messages.items())]

    @property
    def _listed(self) -> list[User]:
        return sorted(self.users.values(), key=lambda user: (not user.online, user.sort_key))


@dataclass(frozen=True)
class Come:
    name: str
    online: bool


@dataclass(frozen=True)
class Say:
    pass


@dataclass(frozen=True)
class Edit:
    place: int


@dataclass(frozen=True)
class Tell:
    """Tell what changed since this many answers ago: 0 is only what is new, the others were told before."""

    again: int = 0


Step = Come | Say | Edit | Tell

COMING = st.builds(Come, st.sampled_from(NAMES), st.booleans())
STEPS = st.lists(
    st.one_of(
        COMING,
        COMING,
        st.just(Say()),
        st.builds(Edit, st.integers(0, MESSAGES + 2)),
        st.builds(Tell, st.sampled_from((0, 0, 0, 1, 2))),
    ),
    min_size=30,
    max_size=60,
)


def take(world: World, step: Step) -> None:
    """Let something happen."""
    match step:
        case Come(name, online):
            world.come(name, online=online)
        case Say():
            world.say()
        case Edit(place):
            world.edit(place)


@given(st.one_of(st.just([]), st.lists(COMING, max_size=HELD), STEPS), STEPS)
@settings(max_examples=200, deadline=None)
@example([Say()], [Say(), Say(), Edit(1), Tell()])  # edited before it was told, so it comes after the next one
def test_rows_and_changes_are_a_fresh_page(before: Sequence[Step], after: Sequence[Step]) -> None:
    world = World()
    for step in before:
        take(world, step)
    rows, told = world.rows(), [world.rev]
    for step in (*after, Tell()):
        if not isinstance(step, Tell):
            take(world, step)
            continue
        changes = world.changes(told[-1 - step.again] if step.again < len(told) else told[0])
        told.append(world.rev)
        if not rows.move(changes):
            rows = world.rows()  # as it is read again
        assert rows.page == world.page()


@given(STEPS)
@settings(deadline=None)
def test_changes_of_before_they_were_read_move_nothing_back(steps: Sequence[Step]) -> None:
    """What the feed tells may be older than what was read a moment ago; it tells the rest soon."""
    world, answers = World(), list[Changes]()
    for step in (*steps, Tell()):
        take(world, step)
        if isinstance(step, Tell):
            answers.append(world.changes(answers[-1].rev if answers else 0))
    rows = world.rows()
    for answer in answers:
        if not rows.move(answer):
            rows = world.rows()  # as it is read again
    assert rows.page == world.page()


def test_rows_that_are_older_than_those_held_change_nothing() -> None:
    world, answers = World(), list[Changes]()
    for name in NAMES[:PEOPLE]:
        world.come(name, online=False)
        world.say()
        answers.append(world.changes(0))
    for place, name in enumerate(NAMES[:PEOPLE]):
        world.come(name, online=True)
        world.edit(place)
    rows, page = world.rows(), world.page()
    for answer in answers:
        assert rows.move(answer)
        assert rows.page == page


def test_departures_beyond_the_border_leave_too_few_to_know_the_page() -> None:
    world = World()
    for name in NAMES:
        world.come(name, online=True)
    rows = world.rows()
    known = []
    for name in NAMES[: HELD - PEOPLE + 1]:
        world.come(name, online=False)
        known.append(rows.move(world.changes(world.rev - 1)))
    assert known == [True, True, True, False]


def test_a_page_of_everybody_needs_no_reading_however_many_leave() -> None:
    world = World()
    for name in NAMES[:HELD]:
        world.come(name, online=True)
    rows = world.rows()
    for name in NAMES[:HELD]:
        world.come(name, online=False)
        assert rows.move(world.changes(world.rev - 1))
    assert rows.page == world.page()


def test_people_are_in_the_order_of_code_points() -> None:
    world = World()
    rows = world.rows()
    for name in reversed(NAMES):
        world.come(name, online=False)
    assert rows.move(world.changes(0))
    assert [user.name for user in rows.page.users] == list(NAMES[:PEOPLE])
    assert all(one < other for one, other in pairwise(NAMES))
