"""What is shipped for running Hubbub works: each file is read by the program that it is for, and people come through.

Two servers share a room behind a real haproxy and a real Caddy, and both pass the same tests.
"""

import asyncio
import re
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hubbub.bus.nats import NatsBus
from hubbub.errors import Unavailable
from hubbub.settings import PREFIX, Settings, load
from hubbub.store.database import POOL
from tests.support.clients import ARRIVAL
from tests.support.databases import Databases
from tests.support.links import FaultyLink
from tests.support.parts import eventually, task
from tests.support.programs import free_port
from tests.support.servers import Server, serving
from tests.support.shipped import (
    APT_CADDY,
    DEPLOY,
    OPERATIONS,
    ROOT,
    Front,
    Outside,
    caddy,
    caddyfile,
    haproxy,
    nats,
    replaced,
    run,
    tool,
)

JOIN_RATE = 1  # per second and address
Balancer = Callable[[Sequence[int]], AbstractContextManager[Front]]
many_addresses = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than one loopback address")
BURST = 10 * JOIN_RATE
_addresses = count(10)  # 127.0.0.…
_claims = count(1)  # 10.0.….1


@pytest.fixture
def scratch() -> Iterator[Path]:
    with TemporaryDirectory(prefix="hubbub-") as directory:
        yield Path(directory)


def test_haproxy_accepts_its_file() -> None:
    checked = run(tool("haproxy", "scripts/setup test"), "-c", "-f", DEPLOY / "haproxy.cfg")
    assert (checked.returncode, "WARNING" in checked.stdout) == (0, False), checked.stdout


def test_caddy_accepts_its_file(scratch: Path) -> None:
    file, path = scratch / "Caddyfile", tool("caddy", APT_CADDY)
    file.write_text(caddyfile())
    checked = run(path, "validate", "--adapter", "caddyfile", "--config", file, HOME=str(scratch))
    assert (checked.returncode, '"warn"' in checked.stdout) == (0, False), checked.stdout


def test_nats_accepts_its_file() -> None:
    path = tool("nats-server", "scripts/setup test")
    checked = run(path, "-t", "-c", DEPLOY / "nats/nats.conf", NATS_NAME="nats1")
    assert checked.returncode == 0, checked.stdout


async def test_nats_servers_are_one_cluster_and_let_in_who_knows_the_password() -> None:
    shown = re.findall(r"HUBBUB_BUS_URL=(.*)", (DEPLOY / "systemd/hubbub.env").read_text())[0]
    with nats() as ports:
        url = replaced(shown, {f"@nats{number}:4222": f"@127.0.0.1:{port}" for number, port in enumerate(ports, 1)})
        nodes = str(load({"bus_url": url}).bus_url).split(",")
        for node in nodes:
            bus = NatsBus([node], "room")
            async with task(bus.run), asyncio.timeout(ARRIVAL):
                while not bus.connected:
                    await bus.wait(ARRIVAL)  # it rings once it is connected
        with pytest.raises(Unavailable, match="Authorization"):
            await NatsBus([nodes[0].replace("hubbub:change-me@", "")], "room").run()


def test_systemd_accepts_its_unit_and_finds_it_confined(scratch: Path) -> None:
    analyze = tool("systemd-analyze", "sudo apt-get install systemd")
    unit = scratch / "hubbub@.service"
    program = {"/opt/hubbub/bin/hubbub": sys.executable}  # it has to be there
    unit.write_text(replaced((DEPLOY / "systemd/hubbub@.service").read_text(), program))
    checked = run(analyze, "verify", scratch / "hubbub@8001.service")
    assert (checked.returncode, checked.stdout) == (0, "")
    confined = run(analyze, "security", "--offline=true", "--threshold=20", unit)  # of 100
    assert confined.returncode == 0, confined.stdout


def test_compose_accepts_its_file_and_asks_for_a_password() -> None:
    compose = compose_command()
    config = (*compose, "--file", str(ROOT / "compose.yaml"), "config")
    assert "POSTGRES_PASSWORD: a-password" in run(*config, POSTGRES_PASSWORD="a-password").stdout  # noqa: S106 as for a test
    refused = run(*config, POSTGRES_PASSWORD="")
    assert refused.returncode != 0
    assert "set it to a long random word of letters and digits" in refused.stdout


def compose_command() -> tuple[str, ...]:
    for command in (("docker", "compose"), ("docker-compose",)):
        try:
            if run(*command, "version").returncode == 0:
                return command
        except FileNotFoundError:
            pass
    pytest.skip("Docker Compose is not installed; type: sudo apt-get install docker-compose")


def test_every_setting_that_is_shipped_exists() -> None:
    files = [
        ROOT / "compose.yaml",
        ROOT / "docs/operations.md",
        *(file for file in DEPLOY.rglob("*") if file.is_file()),
    ]
    named = {name for file in files for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", file.read_text())}
    assert len(named) > 3
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[list[Server]]:
    """Two servers with one room, that believe what they are told from 127.0.0.1 to 127.0.0.3."""
    with databases.fresh() as address, ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        environment.setenv("FORWARDED_ALLOW_IPS", "127.0.0.0/30")
        yield [stack.enter_context(serving(address, join_rate=str(JOIN_RATE))) for _ in range(2)]


@pytest.fixture(scope="module", params=[haproxy, caddy], ids=["haproxy", "caddy"])
def front(request: pytest.FixtureRequest, servers: list[Server]) -> Iterator[Front]:
    with request.param([server.port for server in servers]) as running:
        yield running


def from_address(url: str, number: int) -> httpx.Client:
    """Return a client with an address of its own, 127.0.0.`number`."""
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}", verify=ssl.create_default_context())
    return httpx.Client(base_url=url, transport=transport)


def joins_that_say_where_they_are_from(client: httpx.Client, times: int) -> list[int]:
    """Join as often, each time with another address in a header, and return the answers."""
    said = [{"X-Forwarded-For": f"10.0.{next(_claims)}.1"} for _ in range(times)]
    return [client.post("/api/join", json={"name": "Eve"}, headers=header).status_code for header in said]


async def test_people_are_spread_over_the_servers_and_are_in_one_room(front: Front, servers: list[Server]) -> None:
    async def streams() -> list[int]:
        pages = [(await crowd.http.get(f"{server.url}/metrics")).text for server in servers]
        return [int(float(re.findall(r"^hubbub_streams(?:{.*})? (\S+)$", page, re.MULTILINE)[0])) for page in pages]

    async def nobody_is_left() -> bool:
        return await streams() == [0, 0]

    async with Outside(front) as crowd:
        await eventually(nobody_is_left)
        ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
        hers, his = await ana.stream(), await ben.stream()
        await hers.frame()
        await his.frame()
        assert await streams() == [1, 1]
        await hers.say("from one server")
        await his.sees("from one server")
        assert (await ben.post("to the other")).status_code == 201
        await hers.sees("to the other")


def test_cookie_is_for_tls_only_and_forms_are_ours(front: Front) -> None:
    with from_address(front.url, 1) as browser:
        joined = browser.post("/join", data={"name": "Ana"}, headers={"Origin": front.url})
        assert (joined.status_code, joined.headers["location"]) == (303, "/room")
        assert "secure" in joined.headers["set-cookie"].lower()
        foreign = browser.post("/join", data={"name": "Ana"}, headers={"Origin": "https://elsewhere.example"})
        assert foreign.status_code == 403


def test_pages_for_those_who_watch_are_not_for_the_public(front: Front) -> None:
    with from_address(front.url, 1) as browser:
        assert [browser.get(path).status_code for path in ("/metrics", "/healthz", "/readyz", "/")] == [404] * 3 + [200]


@many_addresses
def test_address_is_the_connection_s_whatever_a_client_says_of_itself(front: Front) -> None:
    with from_address(front.url, next(_addresses)) as flood, from_address(front.url, next(_addresses)) as other:
        assert set(joins_that_say_where_they_are_from(flood, 2 * BURST + 10)) == {200, 429}
        assert joins_that_say_where_they_are_from(other, 1) == [200]


@many_addresses
def test_servers_believe_of_addresses_only_whom_they_are_told_to(servers: list[Server]) -> None:
    with from_address(servers[0].url, 3) as trusted, from_address(servers[0].url, next(_addresses)) as anybody:
        assert set(joins_that_say_where_they_are_from(trusted, BURST + 10)) == {200}
        assert set(joins_that_say_where_they_are_from(anybody, BURST + 10)) == {200, 429}


@many_addresses
# Caddy 2.6 drops the body of what it sends again, so that only haproxy is asked to join people meanwhile.
@pytest.mark.parametrize(("balancer", "joins"), [(haproxy, BURST), (caddy, 0)], ids=["haproxy", "caddy"])
async def test_nobody_notices_a_server_that_dies(balancer: Balancer, joins: int, servers: list[Server]) -> None:
    with ExitStack() as stack:
        with FaultyLink(servers[0].port) as dying:
            front = stack.enter_context(balancer([dying.port, servers[1].port]))
        # From here on nobody listens there, and the balancer has yet to find out.
        with from_address(front.url, next(_addresses)) as people:
            assert [people.get("/").status_code for _ in range(4)] == [200] * 4
            assert joins_that_say_where_they_are_from(people, joins) == [200] * joins
        async with Outside(front) as crowd:
            for stream in [await crowd.stream(view="lobby") for _ in range(4)]:
                await stream.frame()


def test_servers_that_lost_their_database_say_so_themselves(database_url: str) -> None:
    directory = parse_qs(urlsplit(database_url).query)["host"][0]
    with FaultyLink(Path(directory) / ".s.PGSQL.5432") as link, ExitStack() as stack:
        by_link = f"postgresql://postgres@127.0.0.1:{link.port}{urlsplit(database_url).path}"
        ports = [stack.enter_context(serving(by_link)).port, free_port()]
        fronts, clients = [], []
        for balancer in (haproxy, caddy):
            fronts.append(stack.enter_context(balancer(ports)))
            clients.append(stack.enter_context(from_address(fronts[-1].url, 1)))
        assert [client.get("/api/users").status_code for client in clients] == [200, 200]
        link.cut()
        for front in fronts:
            front.wait_until_no_server_is_ready()
        answers = [client.get("/api/users") for client in clients]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "unavailable")] * 2


def test_balancers_accept_the_lines_that_keep_an_address_out(scratch: Path) -> None:
    deny = re.findall(r"`(http-request deny .*?)`", OPERATIONS)[0]
    matcher, respond = re.findall(r"`(@flood .*?)` and `(respond .*?)`", OPERATIONS)[0]
    own = (DEPLOY / "haproxy.cfg").read_text()
    (scratch / "haproxy.cfg").write_text(replaced(own, {"frontend people\n": f"frontend people\n{deny}\n"}))
    checked = run(tool("haproxy", "scripts/setup test"), "-c", "-f", scratch / "haproxy.cfg")
    assert (checked.returncode, "WARNING" in checked.stdout) == (0, False), checked.stdout
    site = "{$ROOM_SITE:localhost} {\n"
    (scratch / "Caddyfile").write_text(replaced(caddyfile(), {site: f"{site}\t{matcher}\n\t{respond}\n"}))
    checked = run(tool("caddy", APT_CADDY), "adapt", "--config", scratch / "Caddyfile", HOME=str(scratch))
    assert checked.returncode == 0, checked.stdout


def test_page_names_what_servers_log_and_how_many_connections_they_hold() -> None:
    source = "".join(file.read_text() for file in (ROOT / "src").rglob("*.py"))
    table = OPERATIONS.partition("| event | means |")[2]
    events = [
        event for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for event in re.findall("`(.+?)`", row)
    ]
    assert len(events) > 5
    assert [event for event in events if f'"{event}"' not in source] == []
    assert f"{POOL + 1} per process" in OPERATIONS
