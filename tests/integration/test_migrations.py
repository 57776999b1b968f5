"""Proves that the migrations make the tables of the models, once, however many servers begin at a time."""

import asyncio
import importlib
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from hubbub.errors import CannotStart
from hubbub.store.database import Database, engine, migrate
from hubbub.store.schema import Table
from tests.support.databases import Databases
from tests.support.sessions import overtake, session
from tests.support.stored import ALL, StoredRoom


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
