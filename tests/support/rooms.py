"""One server for all tests of a file, where they do not mind the others' people and messages."""

from collections.abc import Iterator

from tests.support.databases import Databases
from tests.support.servers import Server, serving


def shared_server(databases: Databases) -> Iterator[Server]:
    """Run a server without limits; to be made a fixture of a file: `pytest.fixture(scope="module")(shared_server)`."""
    with databases.fresh() as address, serving(address, message_rate="0", join_rate="0") as running:
        yield running
