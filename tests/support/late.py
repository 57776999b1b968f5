"""Answers that come later than what was asked after them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@contextmanager
def late_answer(page: Page, address: str) -> Iterator[None]:
    """Hold back the next answer from such an address until all is done within; when this ends, the page has it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(address), hold, times=1)
    yield
    with page.expect_response(re.compile(address)) as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate(PAINTED)
