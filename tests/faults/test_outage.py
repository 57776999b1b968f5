"""While the database is away nobody is disconnected, what is said is refused with the time to wait, and all goes on."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from hubbub.store.embedded import PrivatePostgres
from tests.support.clients import Crowd
from tests.support.metrics import scrape
from tests.support.outages import own_postgres
from tests.support.servers import Server, serving


@pytest.fixture
def postgres() -> Iterator[PrivatePostgres]:
    with own_postgres() as private:
        yield private


@pytest.fixture
def server(postgres: PrivatePostgres) -> Iterator[Server]:
    with serving(postgres.dsn) as running:
        yield running


async def readiness(crowd: Crowd, wanted: int) -> dict[str, bool]:
    """Ask until the server is as ready as wanted, and return what it says of its parts."""
    async with asyncio.timeout(20):
        # As a load balancer does: there is no event to wait for.
        while (answer := await crowd.http.get("/readyz", timeout=20)).status_code != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    parts: dict[str, bool] = answer.json()
    return parts


async def test_an_outage_of_the_database_is_survived_by_every_stream(crowd: Crowd, postgres: PrivatePostgres) -> None:
    ana = await crowd.join("Ana")
    stream, html = await ana.stream(), await ana.html_stream()
    await stream.say("before")
    await stream.sees("before")
    assert "before" in (await crowd.http.get("/room", headers=ana.headers)).text
    postgres.stop()
    for _ in range(3):  # at once, and with every beat
        refused = await stream.refusal()
        assert refused == {**refused, "key": None, "code": "unavailable"}
    await html.frame_with('action="refuse" target="" code="unavailable"')
    assert (await readiness(crowd, 503)).items() >= {"ready": False, "database": False}.items()
    assert (await crowd.http.get("/healthz")).status_code == 200
    key = uuid4()
    await stream.say("meanwhile", key)
    await stream.until(lambda one: one.refusals[-1]["key"])
    refused = stream.refusals[-1]
    assert refused == {**refused, "key": str(key), "code": "unavailable"}
    assert refused["retry_after"] > 0
    answer = await ana.post("meanwhile by the api")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    form = await crowd.http.post("/messages", data={"body": "meanwhile by a form"}, headers=ana.headers)
    assert (form.status_code, "meanwhile by a form" in form.text, "before" in form.text) == (503, True, True)
    page = await crowd.browser().get("/")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    returning = await ana.stream()
    assert "rev" in await returning.frame()
    assert (await returning.refusal())["key"] is None
    postgres.start()
    for one in (stream, returning):
        while "refused" in await one.frame():
            pass
    await html.frame_with('action="advance"')
    assert all((await readiness(crowd, 200)).values())
    await stream.say("meanwhile", key)
    await stream.sees("meanwhile")
    assert str(key) in await html.frame_with(str(key))
    assert [message["body"] for message in await crowd.history()] == ["before", "meanwhile"]


async def test_a_stream_that_opens_in_an_outage_is_told_to_try_later(crowd: Crowd, postgres: PrivatePostgres) -> None:
    ana = await crowd.join("Ana")
    witness = await ana.stream(after=0)
    await witness.frame()
    postgres.stop()
    await witness.refusal()
    try:
        stream = await ana.stream(after=10**9)
        assert (await stream.ends())[0] == 1013
        told = await scrape(crowd.http)
        assert told['hubbub_refusals_total{code="unavailable"}'] == 1  # a beat refuses nothing
        assert told["hubbub_feed_lag_seconds"] > 0
    finally:
        postgres.start()
    await readiness(crowd, 200)
    await (await ana.stream(after=0)).frame()
