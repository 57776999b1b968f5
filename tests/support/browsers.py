"""Finds and starts the Chromium that plays everybody's browser: the one `scripts/setup test` makes ready."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FIND = Path(__file__).parents[2] / "scripts" / "find-browser"
# Nothing leaves for the network but what the test asks for.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a Chromium. Until it ends, this thread runs Playwright's event loop and can run no other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path(), args=FLAGS)
        yield browser
        browser.close()


def _path() -> str:
    found = subprocess.run([FIND], capture_output=True, text=True, check=False)
    assert found.returncode == 0, "No Chromium for the browser tests. Type: scripts/setup test"
    return found.stdout.strip()
