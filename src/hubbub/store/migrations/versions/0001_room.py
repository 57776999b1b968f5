"""The room: its tables, and the functions that are the only way to write them.

Each function takes the lock of the room's row in a statement of its own and looks at other rows in
later ones: under READ COMMITTED a statement sees what was committed when it began, before it waited.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """
    create table room (
        id smallint primary key default 1 constraint one_room check (id = 1),
        rev bigint not null default 0,
        online bigint not null default 0,
        total bigint not null default 0,
        secret uuid not null default gen_random_uuid()
    )
    """,
    """
    insert into room default values
    """,
    """
    create table users (
        id bigint generated always as identity primary key,
        name text not null,
        name_key text collate "C" not null unique,
        online boolean not null default false,
        last_seen_at timestamptz,
        rev bigint not null unique
    )
    """,
    """
    create index users_listing on users ((not online), name_key)
    """,
    """
    create table messages (
        id bigint primary key,
        rev bigint not null unique,
        user_id bigint not null references users,
        key uuid not null,
        body text not null,
        created_at timestamptz not null,
        edited_at timestamptz,
        deleted_at timestamptz,
        unique (user_id, key)
    )
    """,
    """
    create table nodes (
        id uuid primary key,
        expires_at timestamptz not null
    )
    """,
    """
    create table presences (
        node_id uuid not null references nodes on delete cascade,
        user_id bigint not null references users,
        primary key (node_id, user_id)
    )
    """,
    """
    create index ix_presences_user_id on presences (user_id)
    """,
)

# Finds the user of a name, or makes it. The first look needs no lock: users are never removed.
ENTER = """
create function enter(wanted text, wanted_key text) returns setof users language plpgsql as $$
declare
    head bigint;
begin
    return query select * from users where name_key = wanted_key;
    if found then return; end if;
    select rev into head from room for update;
    return query select * from users where name_key = wanted_key;
    if found then return; end if;
    update room set rev = head + 1, total = total + 1;
    return query insert into users (name, name_key, rev) values (wanted, wanted_key, head + 1) returning *;
end $$;
"""

# Appends messages in the order given; a (user, key) that exists is returned as it is, not fresh.
# A draft of an unknown user comes back as nothing.
SAY = """
create function say(user_ids bigint[], keys uuid[], bodies text[])
returns table (fresh boolean, id bigint, rev bigint, key uuid, user_id bigint, user_name text, body text,
               created_at timestamptz, edited_at timestamptz, deleted_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    head bigint;
    instant timestamptz;
begin
    select room.rev into head from room for update;
    -- Taken under the lock, so times never contradict the order of ids, whatever waited.
    instant := clock_timestamp();
    return query
    with drafts as (
        select distinct on (d.user_id, d.key) d.*
        from unnest(user_ids, keys, bodies) with ordinality as d (user_id, key, body, place)
        order by d.user_id, d.key, d.place
    ), known as (
        select m.* from drafts d join messages m on m.user_id = d.user_id and m.key = d.key
    ), added as (
        insert into messages (id, rev, user_id, key, body, created_at)
        select head + n, head + n, user_id, key, body, instant
        from (
            select d.*, row_number() over (order by d.place) as n
            from drafts d join users u on u.id = d.user_id
            where not exists (select from known k where k.user_id = d.user_id and k.key = d.key)
        ) numbered
        returning *
    ), moved as (
        update room set rev = head + (select count(*) from added)
    )
    select s.fresh, s.id, s.rev, s.key, s.user_id, u.name, s.body, s.created_at, s.edited_at, s.deleted_at
    from (select true as fresh, added.* from added union all select false, known.* from known) s
    join users u on u.id = s.user_id;
end $$;
"""

# Puts `online` right for these users and counts them; the caller holds the room's lock at `head`.
FLIP = """
create function flip(head bigint, who bigint[]) returns void language sql as $$
    with wrong as (
        select u.id, row_number() over (order by u.id) as n
        from users u
        where u.id = any (who) and u.online <> exists (select from presences p where p.user_id = u.id)
    ), flipped as (
        update users u set online = not u.online, last_seen_at = clock_timestamp(), rev = head + wrong.n
        from wrong where wrong.id = u.id
        returning u.online
    )
    update room set
        rev = head + (select count(*) from flipped),
        online = room.online + (select count(*) filter (where f.online) - count(*) filter (where not f.online)
                                from flipped f)
    where exists (select from flipped);
$$;
"""

# Writes who came to a process and who left it. False, and nothing written, if its lease is gone.
ATTEND = """
create function attend(node uuid, arrived bigint[], departed bigint[]) returns boolean language plpgsql as $$
declare
    head bigint;
begin
    select rev into head from room for update;
    perform from nodes where id = node for key share;
    if not found then return false; end if;
    insert into presences select node, u.id from users u where u.id = any (arrived) on conflict do nothing;
    delete from presences p where p.node_id = node and p.user_id = any (departed);
    perform flip(head, arrived || departed);
    return true;
end $$;
"""

# Holds a lease; true if there was none to renew, so that its presences have to be written anew.
RENEW = """
create function renew(node uuid, lease interval) returns boolean language plpgsql as $$
begin
    update nodes set expires_at = clock_timestamp() + lease where id = node;
    if found then return false; end if;
    insert into nodes values (node, clock_timestamp() + lease) on conflict do nothing;
    return true;
end $$;
"""

# Removes processes whose lease ran out, and flips whoever was nowhere else. Two sweepers at once do no
# harm: the second waits for the lock and then finds nothing.
SWEEP = """
create function sweep() returns bigint language plpgsql as $$
declare
    head bigint;
    dead uuid[];
    who bigint[];
begin
    perform from nodes where expires_at <= clock_timestamp();
    if not found then return 0; end if;
    select rev into head from room for update;
    select array_agg(id) into dead
    from (select id from nodes where expires_at <= clock_timestamp() for update) expired;
    if dead is null then return 0; end if;
    with left_behind as (delete from presences where node_id = any (dead) returning user_id)
    select array_agg(distinct user_id) into who from left_behind;
    delete from nodes where id = any (dead);
    perform flip(head, who);
    return cardinality(dead);
end $$;
"""


def upgrade() -> None:
    """Make an empty room."""
    for statement in (*TABLES, ENTER, SAY, FLIP, ATTEND, RENEW, SWEEP):
        op.execute(statement)
