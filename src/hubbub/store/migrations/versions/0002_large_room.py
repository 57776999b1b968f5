"""A room of a hundred thousand people: names are found by their parts, and no write reads a whole table.

Names have a table of their own, because a user's row moves whenever they come or go, and with it its
entries in every index on `users`. A name never moves.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

NAMES = """
create table names (
    user_id bigint not null references users,
    key text collate "C" primary key
)
"""

# The parts of one, two and three characters, each with the stretch of 2,000 ids that its user is in. So
# the index can be asked for one stretch after the other: what everybody has costs one stretch, wherever
# a reader begins. The parts at the end are shorter, and there again; the index keeps each once.
# In a loop, because a query in its place would take three times as long.
NAME_PARTS = """
create function name_parts(key text, user_id bigint) returns text[]
language plpgsql immutable strict parallel safe as $$
declare
    stretch text := user_id / 2000 || ':';
    parts text[];
begin
    for place in 1 .. length(key) loop
        parts := parts || array[stretch || substr(key, place, 1),
                                stretch || substr(key, place, 2),
                                stretch || substr(key, place, 3)];
    end loop;
    return parts;
end $$
"""

# A trigger, because an `enter` that waits for the room while this runs goes on as it was before.
KEEP_NAME = """
create function keep_name() returns trigger language plpgsql as $$
begin
    insert into names values (new.id, new.name_key);
    return null;
end $$
"""
TRIGGER = """
create trigger keep_name after insert on users for each row execute function keep_name()
"""

# In a statement of its own: the one before has waited for everybody who was adding a user.
FILL = """
insert into names select id, name_key from users order by id
"""

# Without a list of what is pending: whoever asks would read all of it for each stretch.
INDEX = """
create index names_parts on names using gin (name_parts(key, user_id)) with (fastupdate = off)
"""

# To gather them takes as long as to make the index, and the planner has no use for them.
NO_STATISTICS = """
alter index names_parts alter column 1 set statistics 0
"""

# For a thousand rows at once the planner would rather read all users; and all presences, as long as it knows
# of none. The plan for one row is right for any number of them.
PLANS = (
    "alter function say(bigint[], uuid[], text[]) set plan_cache_mode = force_generic_plan",
    "alter function attend(uuid, bigint[], bigint[]) set plan_cache_mode = force_generic_plan",
    "alter function attend(uuid, bigint[], bigint[]) set enable_seqscan = off",
    "alter function sweep() set plan_cache_mode = force_generic_plan",
    "alter function sweep() set enable_seqscan = off",
)

STATEMENTS = (NAMES, NAME_PARTS, KEEP_NAME, TRIGGER, FILL, INDEX, NO_STATISTICS, *PLANS)


def upgrade() -> None:
    """Keep the names of all users apart, and settle the plans of what is written."""
    for statement in STATEMENTS:
        op.execute(statement)
