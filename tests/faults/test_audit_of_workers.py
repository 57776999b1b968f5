"""The audit in its quick form: three workers, each of their faults once, and then every promise is checked."""

import pytest

from tests.faults.audit.play import play
from tests.faults.audit.topologies import THREE_WORKERS


@pytest.mark.timeout(240)  # it is one long performance
async def test_nothing_is_lost_doubled_or_reordered_by_three_workers() -> None:
    report = await play(THREE_WORKERS, THREE_WORKERS.quick, seed=387)  # short pauses
    assert report.acknowledged, str(report)
    assert report.changed, str(report)
    assert not report.broken, str(report)
