"""A server whose clock is an hour off keeps every promise: all times that matter are the database's."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx

from tests.faults.audit.play import Performance
from tests.faults.audit.stage import Stage

HOUR = 3_600
WRONG_CLOCK = Path(__file__).parent.parent / "support/wrong_clock"


async def check_clock(stage: Stage, ahead: int) -> None:
    """Check that the server's clock is ahead of the database's by so many seconds, else nothing is proved."""
    async with httpx.AsyncClient(base_url=stage.machines[0].url) as http:
        server_time = parsedate_to_datetime((await http.get("/healthz")).headers["date"])
    assert abs(server_time - await database_time(stage) - timedelta(seconds=ahead)) < timedelta(minutes=1)


async def database_time(stage: Stage) -> datetime:
    """Return what time it is."""
    now: datetime = (await stage.query("select clock_timestamp() now"))[0]["now"]
    return now


async def clock_turned_back(stage: Stage, _: Random) -> None:
    """Kill the server and start it again with its clock two hours back."""
    (machine,) = stage.machines
    await machine.kill()
    machine.settings["WRONG_CLOCK"] = str(-HOUR)
    await machine.start()
    await check_clock(stage, -HOUR)


async def test_a_clock_an_hour_ahead_and_then_an_hour_behind_changes_nothing() -> None:
    # Compiled libraries warn of a datetime that is larger than they know it, which is how its clock is wrong.
    wrong = {"PYTHONPATH": str(WRONG_CLOCK), "WRONG_CLOCK": str(HOUR), "PYTHONWARNINGS": "ignore"}
    with TemporaryDirectory(prefix="hubbub-") as directory:
        async with Stage(Path(directory), **wrong) as stage:
            await check_clock(stage, HOUR)
            began = await database_time(stage)
            # The old lease must run out and everybody's session go on, though two hours seem to be missing.
            report = await Performance(stage, seed=1).play([clock_turned_back])
            ended = await database_time(stage)
            times = await stage.query("select created_at from messages order by id")
            seen = await stage.query("select last_seen_at from users where last_seen_at is not null")
    print(report)  # noqa: T201 as it is the figure that is asked for
    assert report.acknowledged, str(report)
    assert not report.broken, str(report)
    created = [row["created_at"] for row in times]
    assert created == sorted(created)
    assert began <= created[0] <= created[-1] <= ended
    assert all(began <= row["last_seen_at"] <= ended for row in seen)
