"""What a browser needs to install the room and to open it without a network is there, and is what it says."""

import re
import struct

import pytest

from hubbub.web.render import STATIC, VERSION
from tests.support.clients import Crowd
from tests.support.icons import ICONS
from tests.support.markup import Page
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)


async def test_manifest_names_icons_of_the_sizes_that_it_says(crowd: Crowd) -> None:
    (link,) = (link for link in Page((await crowd.http.get("/")).text).all("link") if link["rel"] == "manifest")
    answer = await crowd.http.get(link["href"])
    assert answer.headers["content-type"] == "application/manifest+json"
    icons = {icon["src"]: icon for icon in answer.json()["icons"]}
    assert icons.keys() == {"icon.svg", *ICONS}
    for name, (side, ground, _) in ICONS.items():
        drawn = (await crowd.http.get(f"/static/{VERSION}/{name}")).content
        assert struct.unpack(">8s4x4sII", drawn[:24]) == (b"\x89PNG\r\n\x1a\n", b"IHDR", side, side)
        assert icons[name]["sizes"] == f"{side}x{side}"
        assert (icons[name].get("purpose") == "maskable") == (ground != "transparent")


async def test_worker_is_of_this_version_and_keeps_all_its_files(crowd: Crowd) -> None:
    answer = await crowd.http.get("/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"
    version, files = answer.text.splitlines()[:2]
    assert version == f'const VERSION = "{VERSION}";'
    assert set(re.findall(r'"([^"]+)"', files)) == {f"/static/{VERSION}/{file.name}" for file in STATIC.iterdir()}
