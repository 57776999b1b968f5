"""What may happen in a room, step by step, and how hypothesis makes such steps."""

from dataclasses import dataclass

from hypothesis import strategies as st

NAMES = st.sampled_from(["Ana", "Ben", "Cleo"])
NODES = st.integers(0, 1)
KEYS = st.integers(0, 5)  # few, so that they are said again
PLACES = st.integers(0, 5)  # of messages, in the order of the room
BODIES = st.sampled_from(["changed", "changed again", "@Ana @Ben"])
EMOJI = st.sampled_from(["👍", "🎉"])


@dataclass(frozen=True)
class Enter:
    name: str


@dataclass(frozen=True)
class Say:
    # Who says what, by key, and in reply to which of the messages there are.
    drafts: tuple[tuple[str, int, int | None], ...]


@dataclass(frozen=True)
class Edit:
    name: str
    message: int
    body: str


@dataclass(frozen=True)
class Erase:
    name: str
    message: int


@dataclass(frozen=True)
class React:
    name: str
    message: int
    emoji: str
    on: bool | None


@dataclass(frozen=True)
class Attend:
    node: int
    arrived: frozenset[str]
    departed: frozenset[str]


@dataclass(frozen=True)
class LoseLease:
    node: int
    swept: bool


@dataclass(frozen=True)
class Read:
    reader: int
    limit: int


Step = Enter | Say | Edit | Erase | React | Attend | LoseLease | Read

STEPS = st.one_of(
    st.builds(Enter, NAMES),
    st.builds(Say, st.lists(st.tuples(NAMES, KEYS, st.none() | PLACES), min_size=1, max_size=4).map(tuple)),
    st.builds(Edit, NAMES, PLACES, BODIES),
    st.builds(Erase, NAMES, PLACES),
    st.builds(React, NAMES, PLACES, EMOJI, st.none() | st.booleans()),
    st.builds(Attend, NODES, st.frozensets(NAMES, min_size=1), st.just(frozenset())),
    st.builds(Attend, NODES, st.just(frozenset()), st.frozensets(NAMES, min_size=1)),
    st.builds(Attend, NODES, st.frozensets(NAMES), st.frozensets(NAMES)),
    st.builds(LoseLease, NODES, st.booleans()),
    st.builds(Read, st.integers(0, 1), st.integers(1, 6)),
)
