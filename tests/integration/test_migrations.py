"""Proves that the migrations make the tables of the models, once, however many servers begin at a time."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from hubbub.errors import CannotStart
from hubbub.room.changes import Quote
from hubbub.room.finding import Wanted, parts
from hubbub.room.index import Index
from hubbub.room.ports import Draft
from hubbub.store.database import Database
from hubbub.store.migration import REVISION, migrate
from hubbub.store.migrations import engine
from hubbub.store.schema import Table
from tests.support.databases import Databases
from tests.support.sessions import overtake, session
from tests.support.stored import ALL, StoredRoom

# As the version before says things.
OLD_SAY = "select say(array[1]::bigint[], array[$1]::uuid[], array[$2])"


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a database without a room."""
    async with session(databases.address("postgres")) as owner:
        await owner.execute("create database empty")
        yield databases.address("empty")
        await owner.execute("drop database empty with (force)")


@pytest.fixture
async def old_url(empty_url: str) -> str:
    """The address of a room that the first version has made."""
    async with engine(empty_url).begin() as connection:
        await connection.run_sync(upgrade, "0001")
    return empty_url


def upgrade(connection: Connection, revision: str) -> None:
    """Migrate up to a revision."""
    config = Config()
    config.set_main_option("script_location", "hubbub.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def found(url: str, part: str) -> list[str]:
    """Return the names that contain a part."""
    async with Database(url) as database:
        people = await StoredRoom(database).roster.people(part, 0, ALL)
    return [user.name for user in people.users]


async def migrated(url: str) -> dict[str, object]:
    """Migrate as a server that starts, and return what it then finds."""
    await migrate(url)
    async with Database(url) as database:
        room = StoredRoom(database)
        ana = await room.enter("Ana")
        return {"secret": await room.roster.secret(), "ana": ana}


def differences(connection: Connection) -> list[object]:
    """Return what would have to be done to the tables to make them those of the models."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Table.metadata))


async def test_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    async with engine(database_url).connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    "change",
    [
        "alter table users add column nickname text",
        "alter table messages alter column edited_at set not null",
        "alter table messages drop constraint messages_user_id_key_key",
        "drop index users_listing",
        "drop index names_parts",
        "alter table presences alter column user_id type int",
    ],
)
async def test_comparison_sees_what_differs(database_url: str, change: str) -> None:
    async with engine(database_url).connect() as connection:
        await connection.execute(text(change))
        assert await connection.run_sync(differences) != []


async def test_migrated_database_is_at_the_revision_that_a_server_looks_for(empty_url: str) -> None:
    await migrate(empty_url)
    async with session(empty_url) as owner:
        assert await owner.fetchval("select version_num from alembic_version") == REVISION


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    assert await migrated(empty_url) == await migrated(empty_url)


async def test_servers_that_migrate_at_once_make_one_room(empty_url: str) -> None:
    first, *others = await asyncio.gather(*(migrated(empty_url) for _ in range(4)))
    assert all(other == first for other in others)


async def test_names_of_the_version_before_are_found(old_url: str) -> None:
    async with session(old_url) as old:
        await old.execute("select enter('Ana', 'ana')")
    await migrated(old_url)
    assert await found(old_url, "n") == ["Ana"]


async def test_name_that_is_entered_while_names_are_set_apart_is_found(old_url: str) -> None:
    """It is entered as before, by a function that has begun; what is added to it comes too late."""
    names = importlib.import_module("hubbub.store.migrations.versions.0002_large_room")
    async with session(old_url) as old:
        await overtake(old_url, ";".join(names.STATEMENTS), old.execute("select enter('Ana', 'ana')"))
    assert await found(old_url, "n") == ["Ana"]


async def test_what_was_said_before_there_were_replies_stays_and_can_be_answered(empty_url: str) -> None:
    async with engine(empty_url).begin() as connection:
        await connection.run_sync(upgrade, "0002")
    async with session(empty_url) as old:
        await old.execute("select enter('Ana', 'ana')")
        await old.execute(OLD_SAY, UUID(int=1), "before")
        before = await old.fetch("select id, rev, key, body, created_at from messages")
        await migrate(empty_url)
        assert await old.fetch("select id, rev, key, body, created_at from messages") == before
    async with Database(empty_url) as database:
        room = StoredRoom(database)
        ana = await room.enter("Ana")
        (said,) = await room.append(Draft(ana.id, UUID(int=2), "re", before[0]["id"]))
        assert said.message.reply_to == Quote(before[0]["id"], "Ana", "before")
        await room.log.edit(ana.id, before[0]["id"], "after", [])
        assert [message.reply_to for message in (await room.everything()).messages] == [
            None,
            Quote(before[0]["id"], "Ana", "after"),
        ]


async def test_what_was_said_before_messages_could_be_found_is_found(empty_url: str) -> None:
    async with engine(empty_url).begin() as connection:
        await connection.run_sync(upgrade, "0003")
    async with session(empty_url) as old:
        await old.execute("select enter('Ana', 'ana')")
        await old.execute(OLD_SAY, UUID(int=1), "long ago")
    await migrate(empty_url)
    async with Database(empty_url) as database:
        room = StoredRoom(database)
        assert not await Index(room.findings).advance()
        (found,) = await room.findings.find(Wanted.parse("long"), None, ALL)
        assert found == await room.log.message(found.id)


# As version 0004 makes messages findable: with accents, and without single characters.
OLD_INDEX = "select index_messages($1, $2, '{}', array[$3::bigint], array[$4], array[$5])"


async def test_what_was_found_with_accents_only_is_found_without_when_its_turn_comes(empty_url: str) -> None:
    async with engine(empty_url).begin() as connection:
        await connection.run_sync(upgrade, "0004")
    async with session(empty_url) as old:
        await old.execute("select enter('Ana', 'ana')")
        await old.execute(OLD_SAY, UUID(int=1), "an old café")
        numbers = ",".join(map(str, parts(" an old ")))
        assert await old.fetchval(OLD_INDEX, 0, 2, 2, " an old café ", f"{{{numbers}}}")
        await migrate(empty_url)

        async with Database(empty_url) as database:
            room = StoredRoom(database)
            index = Index(room.findings)

            async def finds(query: str) -> list[str]:
                return [one.body for one in await room.findings.find(Wanted.parse(query), None, ALL)]

            ana = await room.enter("Ana")
            latest = (await room.append(Draft(ana.id, UUID(int=2), "a new café")))[0].message
            assert await finds("old") == ["an old café"]
            assert await index.advance()  # what is new goes first
            assert await finds("cafe") == ["a new café"]
            late = await room.findings.unread(ALL)
            while await index.advance():
                pass
            assert await finds("cafe") == ["a new café", "an old café"]
            assert not await room.findings.keep(late, late.rev, [])

            # A server of the version before is still there.
            await old.execute(OLD_SAY, UUID(int=3), "a late café")
            assert await old.fetchval(OLD_INDEX, latest.rev, latest.rev + 1, latest.rev + 1, " a late café ", "{}")
            late = await room.findings.unread(ALL)
            await room.log.erase(ana.id, latest.id + 1)
            while await index.advance():
                pass
            assert await finds("cafe") == ["a new café", "an old café"]
            assert not await room.findings.keep(late, late.rev, [])


async def test_server_of_the_version_before_still_says_and_reads_things(empty_url: str) -> None:
    """It runs beside the new one while servers are replaced, with the function and the columns that it knows."""
    await migrate(empty_url)
    async with session(empty_url) as old, Database(empty_url) as database:
        room = StoredRoom(database)
        ana = await room.enter("Ana")
        (reply,) = await room.append(Draft(ana.id, UUID(int=1), "new"))
        for _ in range(2):
            await old.execute(OLD_SAY, UUID(int=2), "old")
        await room.log.erase(ana.id, reply.message.id)
        await old.execute(OLD_SAY, UUID(int=3), "older")
        messages = (await room.everything()).messages
        assert [(message.body, message.mentions, message.reply_to) for message in messages] == [
            ("old", (), None),
            ("", (), None),
            ("older", (), None),
        ]
        assert await room.log.message(messages[0].id) == messages[0]


async def test_database_that_a_newer_version_has_migrated_is_served_as_it_is(empty_url: str) -> None:
    before = await migrated(empty_url)
    async with session(empty_url) as newer:
        await newer.execute("alter table users add column colour text")
        await newer.execute("update alembic_version set version_num = '9999'")
        with capture_logs() as logged:
            assert await migrated(empty_url) == before
        assert await newer.fetchval("select version_num from alembic_version") == "9999"
    assert [line["revision"] for line in logged] == ["9999"]


async def test_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    async with session(empty_url) as owner:
        await owner.execute("create table presences (mine int)")
        with pytest.raises(CannotStart, match='"presences" already exists'):
            await migrated(empty_url)
        assert await owner.fetchval("select to_regclass('room')") is None
        await owner.execute("drop table presences")
    await migrated(empty_url)


async def test_database_that_cannot_be_reached_is_said_in_one_line() -> None:
    with pytest.raises(CannotStart) as end:
        await migrated("postgresql://nobody@127.0.0.1:1/none")
    assert str(end.value).startswith("cannot use the database (HUBBUB_DATABASE_URL): ")
    assert "\n" not in str(end.value)


async def test_database_in_another_encoding_does_not_start(databases: Databases) -> None:
    """It would refuse a whole batch for one emoji in it."""
    async with session(databases.address("postgres")) as any_database:
        await any_database.execute("create database latin encoding 'latin1' locale 'C' template template0")
        try:
            with pytest.raises(CannotStart, match="UTF8"):
                await migrate(databases.address("latin"))
        finally:
            await any_database.execute("drop database latin with (force)")
