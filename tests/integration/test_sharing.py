"""Whoever starts a room for others is told where they come to, and so is whoever asks in the room."""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from subprocess import Popen

import httpx
import pytest

from hubbub.reach import addresses
from tests.support.clients import Crowd
from tests.support.codes import blocks_of, read_blocks, read_svg
from tests.support.markup import Page
from tests.support.rooms import shared_server
from tests.support.servers import STOP, Server, serving

server = pytest.fixture(scope="module")(shared_server)

EVERYWHERE = "0.0.0.0"  # noqa: S104 as others come
COMES = re.compile(r"Others on your network come to (\S+)")


def everyone_comes_to(places: list[str]) -> None:
    """Expect the room at each of these places, and these to be all that this machine has."""
    assert places == addresses(EVERYWHERE, int(places[0].rpartition(":")[2]) if places else 0)
    for place in places:
        assert httpx.get(f"{place}/healthz", trust_env=False).json() == {"status": "ok"}


def places_of(page: str) -> list[str]:
    """Return where a page says that others come to."""
    shown = [field["value"] for field in Page(page).all("input") if field.attributes.get("id") == "place"]
    return shown + re.findall(r"On another of your networks: (\S+)<", page)


def test_terminal_shows_where_others_come_to_and_a_code_of_it(database_url: str) -> None:
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    settings = {"HUBBUB_HOST": EVERYWHERE, "HUBBUB_PORT": "0", "HUBBUB_DATABASE_URL": database_url}
    environment = {**os.environ, **settings, "PYTHONIOENCODING": "utf-8"}
    process = Popen([sys.executable, "-m", "hubbub", "serve"], env=environment, stdout=its)
    os.close(its)
    try:
        with os.fdopen(ours, encoding="utf-8", newline="\r\n") as terminal:
            lines = [terminal.readline().rstrip()]
            places = addresses(EVERYWHERE, int(lines[0].split()[3].rpartition(":")[2]))
            lines += [terminal.readline().rstrip() for _ in places]
            assert [COMES.fullmatch(line)[1] for line in lines[1:]] == places  # type: ignore[index]
            everyone_comes_to(places)
            if places:
                assert read_blocks(blocks_of(line.rstrip("\r\n") for line in terminal)) == places[0]
            process.terminate()
            assert process.wait(STOP) == 0
    finally:
        process.kill()
        process.wait()


def test_workers_say_it_once_and_a_file_gets_no_code(database_url: str) -> None:
    with serving(database_url, host=EVERYWHERE, workers="2") as running:
        places = places_of(httpx.get(f"http://127.0.0.1:{running.port}/share", trust_env=False).text)
        everyone_comes_to(places)
        running.stop()
    assert running.said[1:] == [f"Others on your network come to {place}\n" for place in places]


async def test_share_tells_the_address_one_came_by(crowd: Crowd) -> None:
    for came, told in [
        ({"Host": "192.168.1.20:8000"}, "http://192.168.1.20:8000"),
        ({"Host": "room.example", "X-Forwarded-Proto": "https"}, "https://room.example"),
        ({"Host": "[fd00::2]:80"}, "http://[fd00::2]:80"),
    ]:
        assert places_of((await crowd.http.get("/share", headers=came)).text) == [told]
        code = await crowd.http.get("/share.svg", headers=came)
        assert code.headers["content-type"].startswith("image/svg+xml")
        assert read_svg(code.text) == told


async def test_room_for_one_machine_says_how_to_let_others_in(crowd: Crowd, server: Server) -> None:
    for host in (f"127.0.0.1:{server.port}", "localhost", "[::1]:1"):
        page = await crowd.http.get("/share", headers={"Host": host})
        assert places_of(page.text) == []
        assert "HUBBUB_HOST=0.0.0.0" in page.text
        assert (await crowd.http.get("/share.svg", headers={"Host": host})).status_code == 404


@pytest.mark.parametrize("host", ["", "a b", 'x"><script>', "room/path", "user@room", "x" * 101, "room:123456"])
async def test_an_address_that_is_none_is_not_shared(crowd: Crowd, host: str) -> None:
    for path in ("/share", "/share.svg"):
        answer = await crowd.http.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_addresses_of_the_network_are_told_to_this_machine_only(database_url: str) -> None:
    with serving(database_url, host=EVERYWHERE) as running:
        elsewhere = {"Host": "localhost", "X-Forwarded-For": "198.51.100.7"}
        page = httpx.get(f"http://127.0.0.1:{running.port}/share", headers=elsewhere, trust_env=False)
        assert places_of(page.text) == []
