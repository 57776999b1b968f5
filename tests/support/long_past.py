"""A room with a long past: people and messages written by SQL, as many as a test or a bench wants."""

from hubbub.room.index import Index
from hubbub.store.database import Database
from hubbub.store.findings import PostgresFindings
from tests.support.sessions import session

# Without triggers, and with the index of names made at the end: by themselves names would take minutes.
# Of ten people six are called person, three have names like nobody's, and the last is a guest.
PAST = """
    set session_replication_role = replica;
    insert into users (name, name_key, last_seen_at, rev)
    select name, name, now(), n
    from generate_series(1, {users}) n, lateral (
        select case
            when n <= {users} * 0.6 then 'person ' || n
            when n <= {users} * 0.9 then substr(md5(n::text), 1, 10)
            else 'guest ' || n
        end as name
    ) called;
    insert into messages (id, rev, user_id, key, body, created_at)
    select {users} + n, {users} + n, 1 + n % {users}, gen_random_uuid(), {body}, now()
    from generate_series(1, {messages}) n;
    update room set rev = {users} + {messages}, total = {users};
    drop index names_parts;
    insert into names select id, name_key from users order by id;
    reset session_replication_role
"""
BODY = "'message ' || n || repeat(' x', 50)"
LONG = 300  # seconds


async def let_pass(database_url: str, users: int, messages: int, body: str = BODY) -> None:
    """Let so many people have said so many messages, in an empty room; what the n-th says is an SQL expression."""
    async with session(database_url) as connection:
        index = await connection.fetchval("select pg_get_indexdef('names_parts'::regclass)")
        await connection.execute(PAST.format(users=users, messages=messages, body=body), timeout=LONG)
        await connection.execute(index, timeout=LONG)
        await connection.execute("alter index names_parts alter column 1 set statistics 0")
        await connection.execute("vacuum analyze", timeout=LONG)


async def index_all(database_url: str) -> None:
    """Make all that was said findable, without a rest; the index of parts is made at the end."""
    async with session(database_url) as connection:
        parts = await connection.fetchval("select pg_get_indexdef('findings_parts'::regclass)")
        await connection.execute("drop index findings_parts")
    async with Database(database_url, 1) as database:
        index = Index(PostgresFindings(database))
        while await index.advance():
            pass
    async with session(database_url) as connection:
        await connection.execute(parts, timeout=LONG)
        await connection.execute("vacuum analyze findings", timeout=LONG)
