"""Words about words: replies, mentions and reactions; and what was said can be changed and taken back.

A message shows what it replies to, so whatever changes a message changes its replies with it: each gets a revision
of its own, and reaches those who were away.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

# Names never change, so mentions and reactions carry them. Reactions are counted when they are made, and not
# whenever somebody reads: the first fifty people of each are in it by name.
TABLES = (
    """
    alter table messages
        add column reply_to bigint references messages,
        add column mentions jsonb,
        add column reactions jsonb
    """,
    """
    create index messages_replies on messages (reply_to) where reply_to is not null
    """,
    """
    create index messages_times on messages (created_at, id)
    """,
    """
    create table reactions (
        message_id bigint not null references messages,
        emoji text not null,
        user_id bigint not null references users,
        created_at timestamptz not null default clock_timestamp(),
        primary key (message_id, emoji, user_id)
    )
    """,
)

# Of the keys of names that a body may mean, a line each, those that are somebody's.
MENTIONED = """
create function mentioned(name_keys text) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id)
    from users
    where name_key = any (string_to_array(name_keys, chr(10)))
$$
"""

# Messages as they are shown: with the names of their authors, and with the beginning of what they reply to.
SHOWN = """
create view shown as
    select m.id, m.rev, m.key, m.user_id, author.name as user_name, m.body, m.created_at, m.edited_at, m.deleted_at,
        m.mentions, m.reactions, m.reply_to, left(original.body, 140) as quoted, quoted.name as quoted_name
    from messages m
    join users author on author.id = m.user_id
    left join messages original on original.id = m.reply_to
    left join users quoted on quoted.id = original.user_id
"""

# As the function of three arguments, which servers of the version before call until they are replaced. What it
# has added is looked at in a statement of its own.
SAY = """
create function say(user_ids bigint[], keys uuid[], bodies text[], replies bigint[], name_keys text[])
returns table (fresh boolean, message shown)
language plpgsql as $$
#variable_conflict use_column
declare
    head bigint;
    instant timestamptz;
    fresh_ids bigint[];
    known_ids bigint[];
begin
    select rev into head from room for update;
    -- Taken under the lock, so times never contradict the order of ids, whatever waited.
    instant := clock_timestamp();
    with drafts as (
        select distinct on (d.user_id, d.key) d.*
        from unnest(user_ids, keys, bodies, replies, name_keys) with ordinality
            as d (user_id, key, body, reply_to, name_keys, place)
        order by d.user_id, d.key, d.place
    ), known as (
        select m.id from drafts d join messages m on m.user_id = d.user_id and m.key = d.key
    ), added as (
        insert into messages (id, rev, user_id, key, body, created_at, reply_to, mentions)
        select head + n, head + n, user_id, key, body, instant,
            -- By its full name: alone it would be that of the message which is looked for.
            case when numbered.reply_to is not null
                then (select o.id from messages o where o.id = numbered.reply_to) end,
            case when name_keys is not null then mentioned(name_keys) end
        from (
            select d.*, row_number() over (order by d.place) as n
            from drafts d join users u on u.id = d.user_id
            where not exists (select from messages m where m.user_id = d.user_id and m.key = d.key)
        ) numbered
        returning id
    ), moved as (
        update room set rev = head + (select count(*) from added)
    )
    select array(select id from added), array(select id from known) into fresh_ids, known_ids;
    return query select s.id > head, s from shown s where s.id = any (fresh_ids || known_ids);
end $$
"""

# Puts a message that has changed, and its replies, after all that is known; the caller holds the room's lock.
MOVE = """
create function move(changed bigint) returns void language plpgsql as $$
declare
    head bigint;
    moved bigint;
begin
    select rev into head from room;
    with numbered as (
        select m.id, row_number() over (order by m.id) as n from messages m where m.id = changed or m.reply_to = changed
    )
    update messages m set rev = head + n from numbered where numbered.id = m.id;
    get diagnostics moved = row_count;
    update room set rev = head + moved;
end $$
"""

# What these three return says what became of it: done, unknown (or taken back), foreign, or many (reactions).
EDIT = """
create function edit(author bigint, said bigint, wanted text, name_keys text) returns text language plpgsql as $$
declare
    held messages;
begin
    perform from room for update;
    select * into held from messages where id = said and deleted_at is null;
    if not found then return 'unknown'; end if;
    if held.user_id <> author then return 'foreign'; end if;
    if held.body = wanted then return 'done'; end if;
    update messages set body = wanted, mentions = mentioned(name_keys), edited_at = clock_timestamp() where id = said;
    perform move(said);
    return 'done';
end $$
"""

# Nothing of what was said stays. Its key does: said again by a client that had no answer, it stays taken back.
ERASE = """
create function erase(author bigint, said bigint) returns text language plpgsql as $$
declare
    held messages;
begin
    perform from room for update;
    select * into held from messages where id = said;
    if not found then return 'unknown'; end if;
    if held.user_id <> author then return 'foreign'; end if;
    if held.deleted_at is not null then return 'done'; end if;
    delete from reactions where message_id = said;
    update messages
    set body = '', reply_to = null, mentions = null, reactions = null, deleted_at = clock_timestamp()
    where id = said;
    perform move(said);
    return 'done';
end $$
"""

# Adds a reaction or takes it away; with neither wanted, whichever of the two changes something.
REACT = """
create function react(who bigint, said bigint, wanted text, is_on boolean) returns text language plpgsql as $$
declare
    is_held boolean;
begin
    perform from room for update;
    perform from messages where id = said and deleted_at is null;
    if not found then return 'unknown'; end if;
    is_held := exists (select from reactions where message_id = said and emoji = wanted and user_id = who);
    if is_held = coalesce(is_on, not is_held) then return 'done'; end if;
    if is_held then
        delete from reactions where message_id = said and emoji = wanted and user_id = who;
    else
        if 20 <= (select count(distinct emoji) from reactions where message_id = said and emoji <> wanted) then
            return 'many';
        end if;
        insert into reactions (message_id, emoji, user_id) values (said, wanted, who);
    end if;
    update messages set reactions = (
        select jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'users', users) order by since, emoji)
        from (
            select emoji, count(*) as count, min(since) as since,
                jsonb_agg(jsonb_build_object('id', user_id, 'name', name) order by place)
                    filter (where place <= 50) as users
            from (
                select r.emoji, r.user_id, u.name, r.created_at as since,
                    row_number() over (partition by r.emoji order by r.created_at, r.user_id) as place
                from reactions r join users u on u.id = r.user_id
                where r.message_id = said
            ) placed
            group by emoji
        ) counted
    ) where id = said;
    perform move(said);
    return 'done';
end $$
"""

PLANS = (
    "alter function say(bigint[], uuid[], text[], bigint[], text[]) set plan_cache_mode = force_generic_plan",
    "alter function move(bigint) set plan_cache_mode = force_generic_plan",
    "alter function react(bigint, bigint, text, boolean) set plan_cache_mode = force_generic_plan",
)


def upgrade() -> None:
    """Add what is said about messages, and the functions that change them."""
    for statement in (*TABLES, MENTIONED, SHOWN, SAY, MOVE, EDIT, ERASE, REACT, *PLANS):
        op.execute(statement)
