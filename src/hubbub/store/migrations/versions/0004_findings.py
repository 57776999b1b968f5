"""What messages are found by, beside them: saying something costs no more than before.

A task fills it and says how far it has come; what was said before this is filled in by and by.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = (
    """
    create table findings (
        message_id bigint primary key,
        plain text not null,
        parts int[] not null
    )
    """,
    """
    create table indexed (
        id smallint primary key default 1 constraint one_index check (id = 1),
        rev bigint not null default 0
    )
    """,
    """
    insert into indexed default values
    """,
    # Without a list of what is pending: whoever asks would read all of it for each stretch.
    """
    create index findings_parts on findings using gin (parts) with (fastupdate = off)
    """,
    # To gather them takes as long as to make the index, and the planner has no use for them.
    """
    alter table findings alter column parts set statistics 0
    """,
)

# Keeps what messages are found by, forgets those in which nothing is left, and notes that the log is indexed up to
# `reached`; false, and nothing done, if it begins elsewhere by now. The row is taken first, so of two that began at one
# place the second sees that it is late.
INDEX_MESSAGES = """
create function index_messages(begun bigint, reached bigint, gone bigint[], ids bigint[], texts text[], numbers text[])
returns boolean language plpgsql as $$
begin
    update indexed set rev = reached where rev = begun;
    if not found then return false; end if;
    delete from findings where message_id = any (gone);
    insert into findings
    select id, plain, cast(parts as int[]) from unnest(ids, texts, numbers) as read (id, plain, parts)
    on conflict (message_id) do update set plain = excluded.plain, parts = excluded.parts
    where findings.plain <> excluded.plain;
    return true;
end $$
"""

PLAN = """
alter function index_messages(bigint, bigint, bigint[], bigint[], text[], text[])
set plan_cache_mode = force_generic_plan
"""


def upgrade() -> None:
    """Make room for what messages are found by."""
    for statement in (*TABLES, INDEX_MESSAGES, PLAN):
        op.execute(statement)
