"""What axe-core finds on a page: all that it knows in the light of the moment, and contrast in the other one."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.support.people import Person

THERE = "() => 'axe' in window"
# What fades is seen as it stays.
HAVE_ENDED = "() => Promise.allSettled(document.getAnimations().map((one) => one.finished))"
DARK = "() => matchMedia('(prefers-color-scheme: dark)').matches"
# axe would leave open what it cannot be sure of: names, as a face is drawn beside them, and the dots of a message.
RUN = """async (options) => (await axe.run({
  resultTypes: ["violations"],
  checks: { "color-contrast": { options: { ignorePseudo: true, ignoreUnicode: false, ignoreLength: true } } },
  ...options,
})).violations"""


def axe_finds_nothing(person: Person, *, except_for: str | None = None) -> None:
    """Expect that no rule of axe-core is broken, and no contrast is too low in the other light; the light stays.

    A rule that is wrong for this page is named by its id, where the reason is told.
    """
    page = person.page
    if not page.evaluate(THERE):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(HAVE_ENDED)
    _breaks_nothing(page, {"rules": {except_for: {"enabled": False}}} if except_for else {})
    dark = page.evaluate(DARK)
    page.emulate_media(color_scheme="light" if dark else "dark")
    _breaks_nothing(page, {"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="dark" if dark else "light")


def _breaks_nothing(page: Page, options: dict[str, Any]) -> None:
    broken = [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}\n{node['failureSummary']}"
        for rule in page.evaluate(RUN, options)
        for node in rule["nodes"]
    ]
    assert not broken, "\n".join(broken)
