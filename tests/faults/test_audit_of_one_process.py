"""The audit in its quick form: one process, each of its faults once amid sends, and then every promise is checked.

The long form, with random schedules in every topology, is `make soak`.
"""

import pytest

from tests.faults.audit.play import play
from tests.faults.audit.topologies import ONE_PROCESS


@pytest.mark.timeout(240)  # it is one long performance
async def test_nothing_is_lost_doubled_or_reordered_by_one_process() -> None:
    report = await play(ONE_PROCESS, ONE_PROCESS.quick, seed=44)  # short pauses
    assert report.acknowledged, str(report)
    assert report.changed, str(report)
    assert not report.broken, str(report)
