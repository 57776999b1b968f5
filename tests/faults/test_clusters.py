"""The bus and the balancer of the audit are what they are taken for: killed they are gone, and started they serve."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import nats
import pytest

from tests.support.balancers import Balancer
from tests.support.clients import ARRIVAL
from tests.support.nats import Cluster
from tests.support.programs import free_port, listens
from tests.support.rooms import shared_server
from tests.support.servers import Server

server = pytest.fixture(scope="module")(shared_server)


@pytest.fixture
def directory() -> Iterator[Path]:
    with TemporaryDirectory(prefix="hubbub-") as place:
        yield Path(place)


async def reaches(publisher: int, subscriber: int) -> None:
    """Check that what is published at one node is heard at another."""
    options = {"allow_reconnect": False, "connect_timeout": 5}
    async with (
        await nats.connect(f"nats://127.0.0.1:{publisher}", **options) as mouth,
        await nats.connect(f"nats://127.0.0.1:{subscriber}", **options) as ear,
    ):
        heard = await ear.subscribe("room")
        await ear.flush()
        # Interest travels between nodes after the flush: it is published until it is heard.
        for _ in range(100):
            await mouth.publish("room", b"bell")
            try:
                assert (await heard.next_msg(ARRIVAL / 100)).data == b"bell"
            except nats.errors.TimeoutError:
                continue
            return
        raise AssertionError("nothing was heard")


async def test_a_cluster_passes_on_between_nodes_that_were_killed_and_started(directory: Path) -> None:
    with Cluster(directory) as cluster:
        first, second, third = cluster.ports
        cluster.kill(1)
        assert not listens(second)
        await reaches(first, third)
        cluster.start(1)
        await reaches(first, second)
        cluster.kill_all()
        assert not any(map(listens, cluster.ports))
        cluster.start_all()
        await reaches(third, second)


def test_a_balancer_leads_to_a_server_that_is_ready_unless_it_was_killed(directory: Path, server: Server) -> None:
    balancer = Balancer(directory, [free_port(), server.port])
    balancer.start()
    try:
        url = f"http://127.0.0.1:{balancer.port}/healthz"
        assert {httpx.get(url).status_code for _ in range(10)} == {200}
        balancer.kill()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        balancer.start()
        assert httpx.get(url).status_code == 200
    finally:
        balancer.kill()
