"""The faulty link does to a connection what each of its verbs says: a fault that is not one proves nothing."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.support.links import FaultyLink
from tests.support.rooms import shared_server
from tests.support.servers import Server

server = pytest.fixture(scope="module")(shared_server)


@pytest.fixture
def link(server: Server) -> Iterator[FaultyLink]:
    with FaultyLink(server.port) as faulty:
        yield faulty


@pytest.fixture
def client(link: FaultyLink) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=link.url, timeout=2) as through:
        assert through.get("/healthz").status_code == 200
        yield through


def test_a_cut_link_ends_what_is_connected_and_what_comes_until_healed(link: FaultyLink, client: httpx.Client) -> None:
    link.cut()
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            client.get("/healthz")
    link.heal()
    assert client.get("/healthz").status_code == 200


def test_a_dropped_connection_may_be_made_again(link: FaultyLink, client: httpx.Client) -> None:
    held = socket.create_connection(("127.0.0.1", httpx.URL(link.url).port or 0), timeout=5)
    held.sendall(b"GET /healthz HTTP/1.1\r\nHost: held\r\n\r\n")
    assert held.recv(1024)
    link.drop()
    with held, suppress(ConnectionError):
        assert held.recv(1024) == b""
    assert client.get("/healthz").status_code == 200


def test_a_black_hole_answers_nobody_and_ends_nothing(link: FaultyLink, client: httpx.Client) -> None:
    link.black_hole()
    with pytest.raises(httpx.ReadTimeout):
        client.get("/healthz")
    link.heal()
    assert client.get("/healthz").status_code == 200


def test_a_broken_gateway_answers_for_the_server(link: FaultyLink) -> None:
    link.break_gateway()
    assert httpx.get(f"{link.url}/healthz").status_code == 502
    link.heal()
    assert httpx.get(f"{link.url}/healthz").status_code == 200


def test_a_delay_holds_up_every_way(link: FaultyLink, client: httpx.Client) -> None:
    link.delay = 0.2
    begun = time.monotonic()
    client.get("/healthz")
    assert time.monotonic() - begun >= 0.4  # there and back


async def test_a_link_may_lead_to_a_socket_in_the_file_system() -> None:
    with TemporaryDirectory(prefix="hubbub-") as directory, FaultyLink(Path(directory) / "echo") as link:
        async with await asyncio.start_unix_server(echo, Path(directory) / "echo"):
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"
            await asyncio.to_thread(link.cut)
            assert await reader.read() == b""
            writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
    writer.close()
