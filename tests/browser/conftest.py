"""One browser for all stories, one server for each file, and people.

Playwright's event loop runs in this thread while the browser does, so there is no room for another:
databases are made in a thread of their own, and tests of other kinds come after the browser has ended.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.support.browsers import browsing
from tests.support.databases import Databases
from tests.support.links import FaultyLink
from tests.support.people import DESKTOP, PHONE, Bot, Options, People
from tests.support.rooms import shared_server
from tests.support.servers import Server


class DatabasesFromAThread(Databases):
    """The same databases, made and dropped where no other event loop runs."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Lend the address of an empty room."""
        room = self._databases.fresh()
        with ThreadPoolExecutor(1) as thread:
            try:
                yield thread.submit(room.__enter__).result()
            finally:
                thread.submit(room.__exit__, None, None, None).result()


@pytest.fixture(scope="package")
def databases(databases: Databases) -> Databases:
    """The private PostgreSQL of the whole run, for tests with a browser."""
    return DatabasesFromAThread(databases)


@pytest.fixture(scope="package")
def browser(databases: Databases) -> Iterator[Browser]:
    """The browser that everybody has a part of. (It starts after PostgreSQL, for which it would leave no loop.)"""
    del databases
    with browsing() as running:
        yield running


server = pytest.fixture(scope="module")(shared_server)


@pytest.fixture
def people(browser: Browser, server: Server) -> Iterator[People]:
    """Everybody in the story; it fails if any of their browsers complained."""
    everybody = People(browser, server.url)
    yield everybody
    everybody.leave()
    assert not everybody.complaints


@pytest.fixture
def link(server: Server, people: People) -> Iterator[FaultyLink]:
    """A network between people and server that can fail."""
    with FaultyLink(server.port) as between:
        people.network_may_fail = True
        yield between
        people.leave()


@pytest.fixture
def bot(server: Server) -> Iterator[Bot]:
    """Somebody who posts through the API."""
    somebody = Bot(server.url, "Bot")
    yield somebody
    somebody.close()


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def device(request: pytest.FixtureRequest) -> Options:
    """What the story is read on."""
    chosen: Options = request.param
    return chosen
