"""Limits hold at every door, say how long to wait, and hurt nobody but the one who reached them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import httpx
import pytest

from tests.support.clients import ARRIVAL, Client, Crowd, Json
from tests.support.databases import Databases
from tests.support.servers import Server, serving

RATE = 4  # messages and joins per second; ten seconds' worth may come at once
BURST = 10 * RATE
TABS = 3

_numbers = count(1)


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """A room with limits that are soon reached and soon over."""
    with (
        databases.fresh() as address,
        serving(address, message_rate=str(RATE), join_rate=str(RATE), streams_per_address=str(TABS)) as running,
    ):
        yield running


def an_address() -> dict[str, str]:
    """Return the headers of a proxy in front, with an address that nobody has used before."""
    number = next(_numbers)
    return {"X-Forwarded-For": f"10.0.{number >> 8}.{number & 255}"}


async def joined(crowd: Crowd, name: str, address: dict[str, str]) -> Client:
    response = await crowd.http.post("/api/join", json={"name": name}, headers=address)
    assert response.status_code == 200, response.text
    return Client(crowd, response.json())


async def until_refused(ask: Callable[[], Awaitable[httpx.Response]]) -> tuple[int, httpx.Response]:
    """Ask until that is too much, and return how often it was not, and the refusal."""
    taken = 0
    while (response := await ask()).status_code != 429:
        taken += 1
        assert taken < 20 * BURST
    assert 1 <= int(response.headers["retry-after"]) <= 2
    return taken, response


def assert_problem(response: httpx.Response) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    shape: Json = response.json()
    assert shape.keys() == {"type", "title", "status", "detail", "code", "retry_after"}
    assert shape["code"] == "too_many"
    assert 0 < shape["retry_after"] <= int(response.headers["retry-after"])


async def test_messages_by_the_api_are_limited_until_the_wait_is_over(crowd: Crowd) -> None:
    ana = await joined(crowd, "Ana", an_address())
    taken, refused = await until_refused(lambda: ana.post("flood"))
    assert taken >= BURST
    assert_problem(refused)
    await asyncio.sleep(refused.json()["retry_after"])
    assert (await ana.post("after the wait")).status_code == 201


async def test_messages_by_the_stream_are_limited_until_the_wait_is_over(crowd: Crowd) -> None:
    ben = await joined(crowd, "Ben", an_address())
    stream = await crowd.stream(headers=ben.headers | an_address())
    for number in range(BURST + 20):
        await stream.say(f"flood {number}")
    await stream.say("one too many", key := uuid4())
    await stream.until(lambda one: any(refused["key"] == str(key) for refused in one.refusals))
    refused = stream.refusals[-1]
    assert refused == {**refused, "key": str(key), "code": "too_many"}
    assert 0 < refused["retry_after"] <= 1
    await asyncio.sleep(refused["retry_after"])
    await stream.say("one too many", key)
    assert (await stream.sees("one too many"))["key"] == str(key)


async def test_messages_by_the_form_are_limited_and_what_was_typed_is_kept(crowd: Crowd) -> None:
    cem = await joined(crowd, "Cem", an_address())
    _, refused = await until_refused(lambda: crowd.http.post("/messages", data={"body": "typed"}, headers=cem.headers))
    assert refused.headers["content-type"].startswith("text/html")
    assert "\ntyped</textarea>" in refused.text


async def test_the_doors_share_one_limit(crowd: Crowd) -> None:
    deb = await joined(crowd, "Deb", an_address())
    stream = await crowd.stream(headers=deb.headers | an_address())
    for number in range(BURST + 20):
        await stream.say(f"flood {number}")
    await stream.refusal()
    assert (await (await joined(crowd, "deb", an_address())).post("by another door")).status_code == 429


async def test_a_flood_of_one_does_not_hurt_the_others(crowd: Crowd) -> None:
    eva, fay = await joined(crowd, "Eva", an_address()), await joined(crowd, "Fay", an_address())
    flooding = await crowd.stream(headers=eva.headers | an_address())
    calm = await crowd.stream(headers=fay.headers | an_address())
    frames = [json.dumps({"say": {"key": str(uuid4()), "body": "flood"}}) for _ in range(3_000)]
    flood = asyncio.gather(*(flooding.socket.send(frame) for frame in frames))
    for number in range(10):
        await calm.say(f"calm {number}")
        await calm.sees(f"calm {number}")
    assert not calm.refusals
    await flooding.until(lambda one: len(one.refusals) > 2_000)
    await flood
    await calm.say("calm to the end")
    await calm.sees("calm to the end")


@pytest.mark.parametrize("door", ["/api/join", "/join"])
async def test_joins_are_limited_by_address_until_the_wait_is_over(crowd: Crowd, door: str) -> None:
    address, other = an_address(), an_address()

    async def join(address: dict[str, str]) -> httpx.Response:
        if door == "/join":
            return await crowd.http.post(door, data={"name": "Gus"}, headers=address)
        return await crowd.http.post(door, json={"name": "Gus"}, headers=address)

    taken, refused = await until_refused(lambda: join(address))
    assert taken >= BURST
    if door == "/api/join":
        assert_problem(refused)
    else:
        assert 'value="Gus"' in refused.text
        assert 'aria-invalid="true"' in refused.text
    welcome = {"/api/join": 200, "/join": 303}[door]
    assert (await join(other)).status_code == welcome
    await asyncio.sleep(int(refused.headers["retry-after"]))
    assert (await join(address)).status_code == welcome


async def test_addresses_of_one_ipv6_customer_are_one(crowd: Crowd) -> None:
    async def join(prefix: str) -> httpx.Response:
        address = {"X-Forwarded-For": f"{prefix}::{next(_numbers):x}"}
        return await crowd.http.post("/api/join", json={"name": "Six"}, headers=address)

    await until_refused(lambda: join("2001:db8:1:2"))
    assert (await join("2001:db8:1:3")).status_code == 200


async def test_streams_are_limited_by_address_until_one_closes(crowd: Crowd) -> None:
    address, other = an_address(), an_address()
    streams = [await crowd.stream(view="lobby", headers=address) for _ in range(TABS)]
    answer = await crowd.handshake("view=lobby", None, **address)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert int(answer.headers["retry-after"]) >= answer.json()["retry_after"] > 0
    await (await crowd.stream(view="lobby", headers=other)).frame()
    await streams[0].close()  # returns when the server has closed it, too
    await (await crowd.stream(view="lobby", headers=address)).frame()


async def test_a_whole_school_behind_one_address_gets_in(database_url: str) -> None:
    def come_in() -> list[str]:
        with httpx.Client(base_url=limited.url, timeout=ARRIVAL) as gate, ThreadPoolExecutor(8) as pupils:
            answers = pupils.map(lambda number: gate.post("/api/join", json={"name": f"Pupil {number}"}), range(600))
            return [answer.json()["token"] for answer in answers if answer.status_code == 200]

    with serving(database_url) as limited:
        tokens = await asyncio.to_thread(come_in)
        assert len(set(tokens)) == 600
        async with Crowd(limited.url) as school:
            streams = [await school.stream(headers={"Authorization": f"Bearer {token}"}) for token in tokens[:100]]
            await streams[0].until(lambda one: (one.online, one.total) == (100, 600))


async def test_zero_lifts_every_limit(database_url: str) -> None:
    with serving(database_url, message_rate="0", join_rate="0", streams_per_address="0") as unlimited:
        async with Crowd(unlimited.url) as crowd:
            stream = await (await crowd.join("Ana")).stream()
            for number in range(300):
                await stream.say(f"free {number}")
            await stream.sees("free 299")
            assert not stream.refusals
