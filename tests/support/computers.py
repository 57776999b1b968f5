"""A computer as a browser knows it: it is closed and started, it is killed, it sleeps and wakes."""

import time
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Error

from tests.support.links import FaultyLink
from tests.support.people import ARRIVAL, People, Person


class Computer:
    """One browser with a profile on a disk, for one run after the other."""

    def __init__(self, people: People, link: FaultyLink, profile: Path) -> None:
        self._people = people
        self._link = link
        self._profile = profile

    def starts(self) -> Person:
        """Start the browser."""
        self._person = self._people.arrive(through=self._link, profile=self._profile)
        return self._person

    def closes(self) -> None:
        """Close the browser."""
        self._person.context.close()

    def crashes(self) -> None:
        """Kill every process of the browser."""
        processes = self._processes()
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=ARRIVAL / 1000)
        with suppress(Error):
            self._person.context.close()

    def sleeps(self) -> None:
        """Stop every process of the browser where it is."""
        for process in self._processes():
            process.suspend()

    def wakes(self) -> None:
        """Let all of them go on."""
        for process in self._processes():
            process.resume()

    def has_written(self, text: str) -> None:
        """Return when a text of localStorage is on the disk, for which Chromium takes some seconds."""
        storage = self._profile / "Default" / "Local Storage" / "leveldb"
        patience = time.monotonic() + ARRIVAL / 1000
        while not any(text.encode() in log.read_bytes() for log in storage.glob("*.log")):
            assert time.monotonic() < patience, f"{text} is not on the disk"
            self._person.page.wait_for_timeout(50)

    def freezes_pages(self) -> None:
        """Stop what runs pages; the browser itself and its network go on."""
        for process in self._renderers():
            process.suspend()

    def thaws_pages(self) -> None:
        """Let pages go on."""
        for process in self._renderers():
            process.resume()

    def _renderers(self) -> list[psutil.Process]:
        return [process for process in self._processes() if _is_renderer(process)]

    def _processes(self) -> list[psutil.Process]:
        main = next(one for one in psutil.Process().children(recursive=True) if self._runs(one))
        return [main, *main.children(recursive=True)]

    def _runs(self, process: psutil.Process) -> bool:
        """Whether this is the browser itself, and none of its helpers."""
        with suppress(psutil.Error):
            words = process.cmdline()
            return f"--user-data-dir={self._profile}" in words and not any(one.startswith("--type=") for one in words)
        return False


def _is_renderer(process: psutil.Process) -> bool:
    try:
        return "--type=renderer" in process.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return False
