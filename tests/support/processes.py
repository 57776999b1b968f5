"""The command line as a person meets it: run to its end, and what it leaves behind."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

END = 20.0  # seconds a command that cannot start may take; a net, not a measurement


def hubbub(*arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run `hubbub` with nothing of this environment's settings, and return how it ended."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    return subprocess.run(
        [sys.executable, "-m", "hubbub", *arguments],
        env={**clean, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=END,
        check=False,
    )


def complaint(ended: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line of a command that could not start; fail if there is anything else."""
    assert ended.returncode == 2, ended
    assert ended.stdout == "", ended
    assert ended.stderr.startswith("hubbub: "), ended
    assert ended.stderr.count("\n") == 1, ended
    return ended.stderr.removeprefix("hubbub: ").rstrip("\n")


def postmaster(data_dir: Path) -> int:
    """Return the pid of the PostgreSQL of a data directory."""
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def lives(pid: int) -> bool:
    """Return whether a process runs; one that ended and was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
