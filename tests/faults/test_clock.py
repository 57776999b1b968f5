"""A server whose clock is an hour off keeps every promise: all times that matter are the database's."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx

from tests.faults.audit.play import play
from tests.faults.audit.stage import Stage
from tests.support.servers import Server
from tests.support.sessions import session

HOUR = 3_600
WRONG_CLOCK = Path(__file__).parent.parent / "support/wrong_clock"


class WrongStage(Stage):
    """A stage whose server has its clock an hour ahead of the database's at first."""

    # Seconds by which the clock of the next server is ahead.
    shift = HOUR

    async def start_server(self) -> None:
        """Start the server; it keeps its port for ever, and its clock until it ends."""
        wrong = {"PYTHONPATH": str(WRONG_CLOCK), "WRONG_CLOCK": str(self.shift)}
        place = {"HUBBUB_DATABASE_URL": self.dsn, "HUBBUB_PORT": str(self._port)}
        self.server = Server({**place, **wrong, "HUBBUB_MESSAGE_RATE": "0", "HUBBUB_JOIN_RATE": "0"})
        await asyncio.to_thread(self.server.wait_until_ready)
        off = await self.server_time() - await self.database_time()
        assert abs(off - timedelta(seconds=self.shift)) < timedelta(minutes=1), "else nothing is proved"

    async def database_time(self) -> datetime:
        """Return what time it is."""
        async with session(self.dsn) as connection:
            now: datetime = await connection.fetchval("select clock_timestamp()")
        return now

    async def server_time(self) -> datetime:
        """Return what time the server takes it to be."""
        async with httpx.AsyncClient(base_url=self.server.url) as http:
            return parsedate_to_datetime((await http.get("/healthz")).headers["date"])


async def clock_turned_back(stage: Stage, _: Random) -> None:
    """Kill the server and start it again with its clock two hours back."""
    assert isinstance(stage, WrongStage)
    await stage.kill_server()
    stage.shift = -HOUR
    await stage.start_server()


async def test_a_clock_an_hour_ahead_and_then_an_hour_behind_changes_nothing() -> None:
    with TemporaryDirectory(prefix="hubbub-") as directory:
        async with WrongStage(Path(directory)) as stage:
            began = await stage.database_time()
            # The old lease must run out and everybody's session go on, though two hours seem to be missing.
            report = await play(stage, [clock_turned_back], seed=1)
            ended = await stage.database_time()
            async with session(stage.dsn) as connection:
                times = await connection.fetch("select created_at from messages order by id")
                seen = await connection.fetch("select last_seen_at from users where last_seen_at is not null")
    print(report)  # noqa: T201 as it is the figure that is asked for
    assert report.acknowledged, report
    assert not report.broken, report
    created = [row["created_at"] for row in times]
    assert created == sorted(created)
    assert began <= created[0] <= created[-1] <= ended
    assert all(began <= row["last_seen_at"] <= ended for row in seen)
