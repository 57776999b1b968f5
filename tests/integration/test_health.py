"""Operators see whether the process lives, whether the room can be used, and what it does."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.clients import Crowd
from tests.support.servers import serving


def test_a_server_is_healthy_and_ready_as_soon_as_it_says_where_it_is(database_url: str) -> None:
    with serving(database_url) as server:
        assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}
        ready = httpx.get(f"{server.url}/readyz")
        assert ready.json().keys() == {"ready", "database", "bus", "feed"}
        assert ready.status_code == 200


async def test_metrics_are_prometheus_text_and_count_what_happens(crowd: Crowd) -> None:
    async def metrics() -> dict[str, float]:
        response = await crowd.http.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=")
        families = text_string_to_metric_families(response.text)
        return {sample.name: sample.value for family in families for sample in family.samples}

    assert (await metrics())["hubbub_streams"] == 0
    ana = await crowd.join("Ana")
    streams = [await ana.stream() for _ in range(2)]
    await ana.post("count me")
    for stream in streams:
        await stream.sees("count me")
    counted = await metrics()
    assert counted["hubbub_streams"] == 2
    assert counted["hubbub_rev"] >= streams[0].messages.popitem()[0]
