"""Proves that the front page is read from the log only when it has to be, and misses nothing told meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hubbub.errors import Unavailable
from hubbub.room.changes import Changes, User
from hubbub.room.room import Room
from hubbub.room.writer import Writer
from hubbub.store.database import Database
from hubbub.web.front_page import PEOPLE, FrontPage, Page
from tests.support.clients import ARRIVAL
from tests.support.links import DatabaseLink
from tests.support.parts import HandBell
from tests.support.sessions import BLOCKED, session
from tests.support.stored import StoredRoom


@pytest.fixture
def stored(database: Database) -> StoredRoom:
    return StoredRoom(database)


@pytest.fixture
def front(stored: StoredRoom) -> FrontPage:
    return front_of(stored)


def front_of(stored: StoredRoom) -> FrontPage:
    bell = HandBell()
    return FrontPage(Room(stored.log, stored.roster, stored.findings, Writer(stored.log, bell), bell))


def told(user: User) -> Changes:
    """Return what the feed tells of somebody who came."""
    return Changes(user.rev, (), (user,), 0, user.id)


def names(page: Page) -> list[str]:
    return [user.name for user in page.users]


@asynccontextmanager
async def reading(front: FrontPage, database_url: str) -> "AsyncIterator[asyncio.Task[Page]]":
    """Have the page half read, people but no messages, until the block ends."""
    async with session(database_url) as holder, session(database_url) as observer:
        async with holder.transaction():
            await holder.execute("lock table messages")
            page = asyncio.create_task(front.read())
            async with asyncio.timeout(ARRIVAL):
                while not await observer.fetchval(BLOCKED, holder.get_server_pid()):
                    assert not page.done(), "it did not wait"
            yield page
        async with asyncio.timeout(ARRIVAL):
            await asyncio.wait([page])


async def test_it_is_read_once_and_then_moves_with_what_is_told(
    stored: StoredRoom, front: FrontPage, database_url: str
) -> None:
    ana = await stored.enter("Ana")
    message = await stored.say(ana, "hi")
    assert front.page is None
    assert names(await front.read()) == ["Ana"]
    ben = await stored.enter("Ben")
    said = await stored.say(ben, "hello")
    async with session(database_url) as other, other.transaction():
        await other.execute("lock table users, messages")  # whoever reads them waits for us
        assert names(await front.read()) == ["Ana"]
        front.move(Changes(said.rev, (said,), (ben,), 0, 2))
        page = await front.read()
    assert (names(page), page.messages, page.older) == (["Ana", "Ben"], [message, said], None)


async def test_what_is_told_while_it_is_read_is_not_lost(
    stored: StoredRoom, front: FrontPage, database_url: str
) -> None:
    await stored.enter("Ana")
    async with reading(front, database_url) as page:
        front.move(told(await stored.enter("Ben")))
    assert names(page.result()) == ["Ana", "Ben"]


async def test_what_is_forgotten_while_it_is_read_is_read_again(
    stored: StoredRoom, front: FrontPage, database_url: str
) -> None:
    await stored.enter("Ana")
    async with reading(front, database_url) as page:
        await stored.enter("Ben")  # of whom nobody is told: the log is another
        front.forget()
    assert names(page.result()) == ["Ana", "Ben"]


async def test_many_who_need_it_while_it_is_read_share_it(front: FrontPage, database_url: str) -> None:
    async with reading(front, database_url) as page:
        others = [asyncio.create_task(front.read()) for _ in range(3)]
        await asyncio.sleep(0)
        others[0].cancel()
        await asyncio.wait(others[:1])
    assert [await other for other in others[1:]] == [page.result()] * 2


async def test_departures_empty_the_window_until_it_is_read_again(
    stored: StoredRoom, front: FrontPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubbub.web.front_page.HELD", PEOPLE)
    users = [await stored.enter(f"person {number:03}") for number in range(PEOPLE + 2)]
    node = await stored.node()
    await stored.roster.attend(node, [user.id for user in users], [])
    assert names(await front.read())[0] == "person 000"
    before = (await stored.log.head()).rev
    await stored.roster.attend(node, [], [users[0].id])
    front.move(await stored.log.changes(before, 10))
    assert front.page is None
    page = await front.read()
    assert names(page) == [f"person {number:03}" for number in range(1, PEOPLE + 1)]
    assert page.following == f"online:person {PEOPLE:03}"


async def test_a_database_that_is_away_is_told_and_a_later_reading_works(stored: StoredRoom, database_url: str) -> None:
    with DatabaseLink(database_url) as link:
        through = Database(link.dsn)
        front = front_of(StoredRoom(through))
        link.cut()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await front.read()
        ana = await stored.enter("Ana")
        front.move(told(ana))
        link.heal()
        assert names(await front.read()) == ["Ana"]
        link.cut()  # which does not matter any more
        front.move(told(await stored.enter("Ben")))
        assert names(await front.read()) == ["Ana", "Ben"]
        await through.close()
