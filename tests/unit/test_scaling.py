"""The model of many processes does what the feed and the writer do, and the page on scaling shows what was measured."""

from pathlib import Path

from bench.fitting import Measured, calibrate
from bench.forecast import arithmetic
from bench.meter import KINDS, kind_of
from bench.model import Costs, Outcome, Setup
from bench.simulation import simulate
from bench.tables import idle, measurements, table
from hubbub.store import findings, log, roster

PAGE = Path(__file__).parent.parent.parent / "docs/scaling.md"
QUICK = Costs(**dict.fromkeys(Costs.__annotations__, 1e-5))


def simulated(processes: int, rate: float, streams: int = 10, costs: Costs = QUICK) -> Outcome:
    return simulate(Setup(processes, streams * processes, rate, seconds=2.0), costs)


def test_every_process_looks_for_every_message_of_a_calm_room() -> None:
    outcome = simulated(processes=4, rate=10)
    assert 0.9 < outcome.looks / outcome.rows < 1.3
    assert outcome.p99 < 0.01


def test_bells_that_come_during_a_fan_out_become_one_look() -> None:
    outcome = simulated(processes=2, rate=200, streams=10_000)
    assert outcome.looks / outcome.rows < 0.2
    assert outcome.process_cpu > 0.9


def test_messages_that_wait_for_the_lock_become_one_commit() -> None:
    slow = Costs(**{**vars(QUICK), "lock": 0.05})
    outcome = simulated(processes=2, rate=200, costs=slow)
    assert outcome.commits <= 21
    assert outcome.rows > 2 * 150


def test_page_shows_what_was_measured() -> None:
    measured, page = Measured(), PAGE.read_text()
    assert table(measurements(measured)) in page
    assert table(idle(measured)) in page
    costs, sentence = calibrate(measured)
    assert sentence in page
    assert table(arithmetic(costs)) in page


def test_bench_knows_what_a_server_asks() -> None:
    asked = {
        "looks": log.ASK_NEWS,
        "user reads": log.ASK_NEW_USERS,
        "commits": log.SAY,
        "index": findings.ASK_UNREAD,
        "renewals": roster.RENEW,
        "sweeps": roster.SWEEP,
        "presence writes": roster.ATTEND,
    }
    for kind, question in asked.items():
        assert kind_of(question._text.lstrip()) == kind  # noqa: SLF001 as nobody else needs it
    assert KINDS.keys() - asked.keys() == {"bells"}  # which the bus rings
