"""Proves that no question of the store reads a whole table: PostgreSQL counts what each of them reads.

The room is small enough to be made in a second, and large enough for the plans of a large one. Counted is
also what the functions read, whose plans nobody is shown.
"""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from hubbub import store
from hubbub.room.finding import Wanted, parts
from hubbub.store.database import Question
from hubbub.store.findings import NEWEST, RANGE, STRETCH, TURN
from hubbub.store.roster import _pieces
from tests.support.databases import Databases
from tests.support.long_past import index_all, let_pass
from tests.support.sessions import Session, session

USERS, MESSAGES, PRESENT = 20_000, 30_000, 3_000
HEAD = USERS + MESSAGES
SAID, AUTHOR = HEAD - 100, 1 + (MESSAGES - 100) % USERS  # a message, and who said it
LIMIT, CROWD = 50, 1_000  # rows of an answer, and of what is written at once
NAMES = 2_000  # users whose names are looked at together
PERSONS = int(0.6 * USERS)  # the last user who is called so
HERE, _, DEAD = (UUID(int=number) for number in range(3))

# Every sixth user is at one of three nodes, and has changed since everything was said.
PRESENCES = f"""
    insert into nodes select lpad(n::text, 32, '0')::uuid, now() + interval '1 hour' from generate_series(0, 2) n;
    insert into presences select lpad((n % 3)::text, 32, '0')::uuid, 1 + 6 * n from generate_series(0, {PRESENT} - 1) n;
    update users set online = true, rev = rev + {HEAD} where id in (select user_id from presences);
    update room set online = {PRESENT}, rev = {HEAD} + {USERS}
"""  # noqa: S608 as all of it is written here

REACTIONS = """
    insert into reactions (message_id, emoji, user_id)
    select id, emoji, user_id from messages cross join unnest(array['👍', '🎉']) emoji
"""

# The same past, so fast that PostgreSQL has not counted anything yet.
SUDDEN = f"""
    alter sequence users_id_seq restart;
    set session_replication_role = replica;
    insert into users (name, name_key, last_seen_at, rev)
    select name, name, now(), n
    from generate_series(1, {USERS}) n, lateral (
        select case when n <= {PERSONS} then 'person ' || n else 'guest ' || n end as name
    ) called;
    insert into messages (id, rev, user_id, key, body, created_at)
    select {USERS} + n, {USERS} + n, 1 + n % {USERS}, gen_random_uuid(), 'message ' || n, now()
    from generate_series(1, {MESSAGES}) n;
    insert into findings
    select id, ' ' || body || ' ', array(select part # (id / {STRETCH} * {TURN} % {RANGE})::int
        from unnest(array[{",".join(map(str, parts(" message ")))}]) part)
    from messages;
    update room set rev = {HEAD}, total = {USERS};
    reset session_replication_role
"""  # noqa: S608 as all of it is written here

# What this transaction has read: whole tables, and rows of tables with entries of their indexes.
READ = """
    select relname, seq_scan, seq_tup_read + idx_tup_fetch
        + (select sum(pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index where indrelid = relid)
    from pg_stat_xact_user_tables
    where relname in ('users', 'names', 'messages', 'findings', 'presences', 'reactions')
    order by relname
"""
CALLED = "select funcname from pg_stat_xact_user_functions"
WRITTEN = "select proname from pg_proc where pronamespace = 'public'::regnamespace"


class Asked(NamedTuple):
    """Values of a question, how much may be read of any table for them, and what is done right before."""

    values: Mapping[str, object]
    reads: int = 10 * LIMIT
    before: str = "select"


def page(**values: object) -> Asked:
    """Ask for a page."""
    return Asked({"limit": LIMIT, **values})


def searched(part: str, after: int) -> Asked:
    """Look for a name: all that is in two stretches may be looked at."""
    return Asked({"part": part, "pieces": _pieces(part), "after": after, "limit": LIMIT}, 10 * LIMIT + 4 * NAMES)


def found(query: str, before: int = NEWEST) -> Asked:
    """Look for messages: all that is in two stretches may be looked at."""
    wanted = Wanted.parse(query)
    patterns = [f"%{part}%" for part in wanted.texts]
    values = {"parts": wanted.parts, "patterns": patterns, "before": before, "limit": LIMIT}
    return Asked(values, 10 * LIMIT + 4 * STRETCH)


def indexed(messages: int) -> Asked:
    """Make so many messages findable: some are new, some have changed, and in some nothing is left."""
    ids = [HEAD - number * MESSAGES // messages // 2 for number in range(messages)]
    third = messages // 3
    values = {
        "stood": HEAD,
        "after": HEAD,
        "rev": HEAD + 1,
        "gone": ids[:third],
        "ids": [*ids[third:], *range(HEAD + 1, HEAD + 1 + third)],
        "texts": [" changed words "] * messages,
        "numbers": [f"{{{','.join(map(str, range(50)))}}}"] * messages,
    }
    return Asked(values, 20 * messages, f"update indexed set rev = {HEAD}")  # noqa: S608 as all of it is written here


def said(messages: int) -> Asked:
    """Say so much at once."""
    people = [USERS - 13 * number % USERS for number in range(messages)]
    values = {
        "user_ids": people,
        "keys": [uuid4() for _ in people],
        "bodies": ["hello" for _ in people],
        "replies": [HEAD - number for number in range(messages)],
        "name_keys": ["person 4321\nnobody" for _ in people],
    }
    return Asked(values, 40 * messages)


def stirred(arrived: int, departed: int) -> Asked:
    """Write down some who have been here and some who have not."""
    people = [USERS - 17 * number % USERS for number in range(arrived + departed)]
    return Asked({"node": HERE, "arrived": people[:arrived], "departed": people[arrived:]}, 20 * len(people))


ASKED = {
    "ASK_HEAD": [Asked({})],
    "ASK_NEWS": [page(after=after) for after in (0, USERS, HEAD // 2, HEAD - LIMIT, HEAD + USERS)],
    "ASK_NEW_USERS": [page(after=after, head=HEAD + USERS) for after in (0, USERS, HEAD, HEAD + USERS)],
    "ASK_NEWEST": [page()],
    "ASK_NEWEST_BEFORE": [page(before=before) for before in (0, USERS + LIMIT, HEAD // 2, HEAD)],
    "ASK_MESSAGE": [Asked({"message": SAID})],
    "ASK_AFTER": [page(after=after) for after in (0, SAID, HEAD - LIMIT, HEAD)],
    "ASK_FIRST_SINCE": [Asked({"moment": moment}) for moment in (datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))],
    "ASK_UNREAD": [
        Asked({"limit": LIMIT}, before=f"update indexed set rev = {after}")  # noqa: S608 as above
        for after in (0, USERS, HEAD // 2, HEAD - LIMIT, HEAD)
    ]
    + [
        Asked({"limit": LIMIT}, before=f"update indexed set rev = (select rev from room), anew = {after}")  # noqa: S608
        for after in (0, USERS, HEAD - LIMIT, HEAD)
    ],
    "KEEP": [indexed(1), indexed(CROWD)],
    "ASK_FINDINGS": [
        found(query, before)
        for query in (
            "mess",
            "sage",
            "message 4",
            "message 41234",
            "nobody",
            "x y",
            "x m",
            "message z",
            "猫",
            "age mes",
            "gemessa",
        )
        for before in (0, USERS + LIMIT, HEAD // 2, NEWEST)
    ],
    "SAY": [said(1), said(CROWD)],
    "EDIT": [Asked({"user": AUTHOR, "message": SAID, "body": "changed", "name_keys": "person 4321\nnobody"})],
    "ERASE": [Asked({"user": AUTHOR, "message": SAID})],
    "REACT": [Asked({"user": AUTHOR, "message": SAID, "emoji": "👍", "on": on}) for on in (True, False, None)],
    "ASK_SECRET": [Asked({})],
    "ASK_PEOPLE": [page(after=after) for after in (0, USERS // 2, USERS)],
    "ASK_FOUND": [
        searched(part, after)
        for part in ("e", "p", "g", "#", "er", "gu", "zz", "é", "person", "guest", "person 4321", "rson guest", "abc")
        for after in (0, PERSONS - 10, PERSONS, USERS - 10)
    ],
    "ASK_LISTING": [page()],
    "ASK_LISTING_AFTER": [page(offline=offline, key=key) for offline in (False, True) for key in ("", "person 4", "z")],
    "ENTER": [Asked({"name": name, "key": name}) for name in ("person 4321", "somebody new")],
    "RENEW": [Asked({"node": node, "lease": timedelta(seconds=9)}) for node in (HERE, uuid4())],
    "ATTEND": [stirred(1, 0), stirred(0, 1), stirred(CROWD, 0), stirred(0, CROWD), stirred(CROWD, CROWD)],
    "SWEEP": [Asked({}), Asked({}, 10 * PRESENT // 3, f"select renew('{DEAD}', '-1 second')")],
}


def questions() -> Iterator[tuple[str, Question]]:
    """Find every question of the store, by its name."""
    for module in pkgutil.iter_modules(store.__path__, "hubbub.store."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Question):
                yield name, value


QUESTIONS = dict(questions())


@pytest.fixture(scope="module")
def long_past(databases: Databases) -> Iterator[str]:
    """The address of a room with a long past, in which every test leaves all as it was."""

    async def fill(url: str) -> None:
        await let_pass(url, USERS, MESSAGES)
        await index_all(url)
        async with session(url) as connection:
            await connection.execute(PRESENCES)
            await connection.execute("vacuum analyze users")
            await connection.execute("vacuum analyze presences")
            await connection.execute(REACTIONS)
            await connection.execute("vacuum analyze reactions")

    with databases.fresh() as url:
        asyncio.run(fill(url))
        yield url


@pytest.fixture
async def connection(long_past: str) -> AsyncIterator[Session]:
    """A connection that takes back all that is done."""
    async with session(long_past) as lent:
        transaction = lent.transaction()
        await transaction.start()
        yield lent
        await transaction.rollback()


async def ask(connection: Session, name: str, asked: Asked) -> None:
    """Ask as the store does."""
    question = QUESTIONS[name]
    values = (asked.values[name] for name in question._names)  # noqa: SLF001 as nobody else needs them
    await connection.execute(asked.before)
    await connection.fetch(question._text, *values)  # noqa: SLF001 as above


def test_every_question_is_here() -> None:
    assert ASKED.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", sorted(QUESTIONS))
async def test_question_reads_little_more_than_it_answers(connection: Session, name: str, mode: str) -> None:
    await connection.execute(f"set local plan_cache_mode = {mode}")
    for asked in ASKED[name]:
        await assert_reads_little(connection, name, asked)


async def assert_reads_little(connection: Session, name: str, asked: Asked) -> None:
    """Ask, and count what is read for the answer."""
    before = await connection.fetch(READ)
    await ask(connection, name, asked)
    after = await connection.fetch(READ)
    for (table, scans, reads), (_, scans_before, reads_before) in zip(after, before, strict=True):
        assert scans == scans_before, f"all {table} were read for {name}: {asked.values}"
        assert reads - reads_before <= asked.reads, f"many {table} were read for {name}: {asked.values}"


async def ask_all(lent: Session, asking: Callable[[Session, str, Asked], Awaitable[None]]) -> None:
    """Ask every question, and take back all that is done."""
    for name, cases in ASKED.items():
        for asked in cases:
            transaction = lent.transaction()
            await transaction.start()
            await asking(lent, name, asked)
            await transaction.rollback()


async def test_plans_made_in_an_empty_room_serve_a_full_one(database_url: str) -> None:
    async with session(database_url) as lent:
        await ask_all(lent, ask)
        for filling in (SUDDEN, PRESENCES, REACTIONS):
            await lent.execute(filling)
        await ask_all(lent, assert_reads_little)


async def test_every_function_is_called_by_these_questions(connection: Session) -> None:
    await connection.execute("set local track_functions = 'all'")
    for name, cases in ASKED.items():
        for asked in cases:
            await ask(connection, name, asked)
    assert set(await connection.fetch(CALLED)) == set(await connection.fetch(WRITTEN))
