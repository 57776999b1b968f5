"""`python -m bench.bus_outage [SECONDS]`: two servers talk on while their bus, a real NATS cluster, is away.

Prints how late messages were meanwhile, whether they kept their order, how soon the bus was back, and what the
servers logged of it. Five minutes by default: longer than any library's patience.
"""

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.clients import Crowd
from tests.support.databases import postgres
from tests.support.nats import Cluster
from tests.support.servers import Server, serving

AWAY = 305.0  # seconds
PACE = 2.0  # seconds between two messages


async def talk(one: Server, other: Server, cluster: Cluster, seconds: float) -> None:
    """Say something on one server, again and again, and wait until it is seen on the other."""
    async with Crowd(one.url) as here, Crowd(other.url) as there:
        ana, ben = await (await here.join("Ana")).stream(), await (await there.join("Ben")).stream()
        await asyncio.to_thread(cluster.kill_all)
        until = time.monotonic() + seconds
        said: list[str] = []
        waits: list[float] = []
        while time.monotonic() < until:
            began = time.monotonic()
            await ana.say(f"message {len(said)}")
            said.append(f"message {len(said)}")
            await ben.sees(said[-1])
            waits.append(time.monotonic() - began)
            await ana.sees(said[-1])
            await asyncio.sleep(PACE)
        assert ben.bodies == said, "another order"
        print(f"{len(said)} messages in order, after {statistics.mean(waits):.2f} s, at most {max(waits):.2f} s")
        await asyncio.to_thread(cluster.start_all)
        began = time.monotonic()
        while not (await here.http.get("/readyz")).json()["bus"]:  # noqa: ASYNC110 as it is asked, and tells nobody
            await asyncio.sleep(0.05)
        print(f"the bus was back after {time.monotonic() - began:.2f} s")


def main() -> None:
    """Read the argument and measure."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else AWAY
    with TemporaryDirectory(prefix="hubbub-") as name, postgres(Path(name) / "postgres") as databases:
        directory = Path(name)
        with databases.fresh() as room, Cluster(directory) as cluster:
            with (
                serving(room, bus_url=cluster.url, message_rate="0") as one,
                serving(room, bus_url=cluster.url, message_rate="0") as other,
            ):
                asyncio.run(talk(one, other, cluster, seconds))
            for server in (one, other):
                lines = [json.loads(line) for line in server.logged]
                print("logged:", ", ".join(line.get("reason", line["event"]) for line in lines))


if __name__ == "__main__":
    main()
