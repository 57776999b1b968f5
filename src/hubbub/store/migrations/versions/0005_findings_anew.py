"""What messages are found by is made anew, as accents do not matter any more and one Chinese character is enough.

What is there is found as before until its turn comes. A server of the version before goes on in its own way; what it
has indexed is behind, and is made anew as well.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

# Up to which revision messages are found as this version has it: at most `rev`, up to which they are found at all.
ANEW = """
alter table indexed add column anew bigint not null default 0
"""

# Keeps what messages are found by, forgets those in which nothing is left, and notes that the log is indexed from
# `begun` up to `reached`; false, and nothing done, if it is indexed up to elsewhere than `stood` by now: then what was
# read may have changed. Where nothing is behind, both places move together.
INDEX_MESSAGES = """
create function index_messages(stood bigint, begun bigint, reached bigint, gone bigint[], ids bigint[], texts text[],
                               numbers text[])
returns boolean language plpgsql as $$
begin
    update indexed
    set rev = greatest(rev, reached), anew = case anew when begun then reached else anew end
    where rev = stood and begun in (rev, anew);
    if not found then return false; end if;
    delete from findings where message_id = any (gone);
    insert into findings
    select id, plain, cast(parts as int[]) from unnest(ids, texts, numbers) as read (id, plain, parts)
    on conflict (message_id) do update set plain = excluded.plain, parts = excluded.parts
    where (findings.plain, findings.parts) <> (excluded.plain, excluded.parts);
    return true;
end $$
"""

PLAN = """
alter function index_messages(bigint, bigint, bigint, bigint[], bigint[], text[], text[])
set plan_cache_mode = force_generic_plan
"""


def upgrade() -> None:
    """Begin the index anew beside what is there."""
    for statement in (ANEW, INDEX_MESSAGES, PLAN):
        op.execute(statement)
