"""Finds and starts the Chromium that plays everybody's browser: the one `scripts/setup test` makes ready."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

FIND = Path(__file__).parents[2] / "scripts" / "find-browser"
# With each window Chromium draws the list below its address bar, a page of its own that nobody sees here, and starts a
# process for what may be opened next: half of the CPU of all that these tests do. It takes the last list of what to
# leave, so the rest is from Playwright's.
UNUSED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    *("DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding", "ThirdPartyStoragePartitioning"),
)
# Nothing leaves for the network but what the test asks for.
FLAGS = [
    *("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--disable-features={','.join(UNUSED)}",
    "--host-resolver-rules=MAP hubbub.test 127.0.0.1",  # where pages are not secure, as on a network without https
]


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a Chromium. Until it ends, this thread runs Playwright's event loop and can run no other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def keeping_pages(browser: Browser) -> Iterator[Browser]:
    """Run another Chromium next to this one: it has the back/forward cache, which Playwright switches off."""
    another = browser.browser_type.launch(
        executable_path=_path(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield another
    another.close()


@contextmanager
def with_large_letters(browser: Browser) -> Iterator[Browser]:
    """Run another Chromium next to this one, whose user has set letters of twice the usual size."""
    another = browser.browser_type.launch(executable_path=_path(), args=[*FLAGS, "--blink-settings=defaultFontSize=32"])
    yield another
    another.close()


def open_profile(browser: Browser, directory: Path, options: dict[str, Any]) -> BrowserContext:
    """Start another Chromium on a directory where it keeps what it knows from one run to the next."""
    return browser.browser_type.launch_persistent_context(directory, executable_path=_path(), args=FLAGS, **options)


def _path() -> str:
    found = subprocess.run([FIND], capture_output=True, text=True, check=False)
    assert found.returncode == 0, "No Chromium for the browser tests. Type: scripts/setup test"
    return found.stdout.strip()
