"""What the metrics say: of this process, or of a server."""

import httpx

from hubbub.metrics import REGISTRY


def value(name: str, **labels: str) -> float:
    """Return a value of this process; 0 for one that nothing has moved yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def scrape(http: httpx.AsyncClient) -> dict[str, float]:
    """Return all values of a server, by name and labels as they are written."""
    response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(number) for name, _, number in lines}
