"""The audit in its quick form: each fault once, amid sends, and then every promise is checked.

The long form, with random schedules, is `make soak`.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from tests.faults.audit.faults import FAULTS, Fault
from tests.faults.audit.play import play
from tests.faults.audit.stage import Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """One room for all: what a fault left broken would break the next performance too."""
    with TemporaryDirectory(prefix="hubbub-") as directory:
        async with Stage(Path(directory)) as stage:
            yield stage


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_doubled_or_reordered(stage: Stage, fault: Fault) -> None:
    report = await play(stage, [fault], seed=FAULTS.index(fault) + 1)
    assert report.acknowledged, report
    assert not report.broken, report
