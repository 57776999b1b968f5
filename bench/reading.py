"""Reading: what a busy room asks of a browser that shows it for a minute, in tasks and in memory."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from bench.figure import make
from bench.sides import Side, database, hubbub, join, say, speech_of
from bench.throng import Throng
from tests.support.browsers import browsing

RATE, SPEAKERS = 100, 10  # messages per second, and who says them
WARM = 10.0  # seconds of the same, after which all is loaded and the page is as long as it gets

# What the browser says of itself: tasks that took long, whoever's they were, and which scripts they ran.
# https://w3c.github.io/long-animation-frames/
WATCH = """
    globalThis.watched = { tasks: [], scripts: [] };
    new PerformanceObserver((list) => watched.tasks.push(...list.getEntries().map(({ duration }) => duration)))
        .observe({ type: "longtask" });
    new PerformanceObserver((list) => {
        for (const { scripts } of list.getEntries())
            for (const { invoker, sourceURL, duration } of scripts)
                if (sourceURL.startsWith(location.origin)) watched.scripts.push({ invoker, sourceURL, duration });
    }).observe({ type: "long-animation-frame" });
"""


@dataclass(frozen=True)
class Effort:
    """How long somebody reads, in seconds."""

    seconds: float = 60.0


QUICK = Effort(10.0)


class Reader:
    """Somebody who looks on."""

    def __init__(self, page: Page, side: Side) -> None:
        self._page = page
        self._tools = page.context.new_cdp_session(page)
        self._side = side
        self._herald = join(side.port, "herald")
        page.goto(f"http://127.0.0.1:{side.port}/")
        page.get_by_role("textbox").fill("reader")
        page.keyboard.press("Enter")
        page.wait_for_url("**/room")

    def read(self, throng: Throng, seconds: float) -> None:
        """Look on while much is said, until all of it is there."""
        with ThreadPoolExecutor(1) as thread:
            talk = thread.submit(throng.say_at, RATE, seconds)
            while not talk.done():
                self._page.wait_for_timeout(100)  # in which the browser is heard
            talk.result()
        assert throng.settle(), "a message is lost"
        last = f"The end of {seconds:.0f} seconds."
        say(self._side.port, self._herald, last)
        self._page.get_by_text(last).wait_for()

    def watch(self) -> None:
        """Take note of long tasks from now on."""
        self._page.evaluate(WATCH)

    def watched(self) -> dict[str, Any]:
        """Return the long tasks since then, and scripts of ours in frames that took long; in milliseconds."""
        found: dict[str, Any] = self._page.evaluate("watched")
        return found

    def held(self) -> dict[str, int]:
        """Return what the page holds once all that nobody needs is gone."""
        for _ in range(3):  # what ends in one collection is freed in the next
            self._tools.send("HeapProfiler.collectGarbage")
        counted = self._tools.send("Memory.getDOMCounters")
        heap = self._tools.send("Runtime.getHeapUsage")["usedSize"]
        rows = self._page.locator("#log > *").count()
        return {"heap": int(heap), "nodes": counted["nodes"], "listeners": counted["jsEventListeners"], "rows": rows}


def measure(effort: Effort) -> dict[str, object]:
    """Let somebody read a busy room in Chromium, at the size of a desktop."""
    with database() as (databases, _), hubbub(databases, inside=()) as side:
        throng = Throng(side.port, side.speech)
        throng.let_in([speech_of(join(side.port, f"person {number}")) for number in range(SPEAKERS)])
        with browsing() as browser:
            reader = Reader(browser.new_page(), side)
            reader.read(throng, WARM)
            before = reader.held()
            reader.watch()
            reader.read(throng, effort.seconds)
            watched, after = reader.watched(), reader.held()
        throng.close()
    tasks, longest = watched["tasks"], max((one["duration"] for one in watched["scripts"]), default=0.0)
    print(f"  tasks of over 50 ms: {len(tasks)}, the longest {max(tasks, default=0):.0f} ms; ours {longest:.0f} ms")
    print(f"  held before: {before}", f"  held after:  {after}", sep="\n", flush=True)
    return {"rate": RATE, "seconds": effort.seconds, **watched, "before": before, "after": after}


if __name__ == "__main__":
    make("reading", measure, Effort(), QUICK, pinned=False)  # a browser needs more than one core
