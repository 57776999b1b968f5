"""The page of one process's figures shows what was measured, and whether targets are met."""

import pytest

from bench.report import PAGE, SECTIONS, put, section, targets
from bench.targets import Target


def test_page_shows_what_was_measured() -> None:
    page = written = PAGE.read_text()
    for name, (figure, make) in SECTIONS.items():
        written = put(name, section(figure, make), written)
    assert put("targets", targets(), written) == page


@pytest.mark.parametrize(
    ("measured", "at_least", "mark"),
    [(2.0, False, "yes"), (2.1, False, "**no**"), (2.0, True, "yes"), (1.9, True, "**no**")],
)
def test_a_target_is_met_up_to_its_bound(measured: float, at_least: bool, mark: str) -> None:  # noqa: FBT001
    assert Target("figure", measured, 2.0, at_least=at_least).row()[3] == mark
