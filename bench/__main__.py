"""All figures of one process: `python -m bench`; with `--quick` in two minutes, and against what is recorded."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.sides import PEERS, PYTHON

FIGURES = ("fanout", "sending", "joining", "memory", "history", "together")
HERE = Path(__file__).parent


def main() -> None:
    """Measure one figure after the other, each in a process of its own, and write them down."""
    arguments = sys.argv[1:]
    if "--quick" not in arguments:
        _install()
    for number, figure in enumerate(FIGURES, 1):
        print(f"{number} of {len(FIGURES)}: {figure} (load {os.getloadavg()[0]:.1f})", flush=True)
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", f"bench.{figure}", *arguments], check=True)  # noqa: S603
        print(f"  took {time.monotonic() - begun:.0f} s", flush=True)
    end = "bench.judgement" if "--quick" in arguments else "bench.report"
    sys.exit(subprocess.run([sys.executable, "-m", end], check=False).returncode)  # noqa: S603


def _install() -> None:
    """Install the peers; what cannot be had is left out later."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    steps = [
        [sys.executable, "-m", "venv", str(PYTHON.parent.parent)],
        [*pip, "--require-hashes", "--requirement", "requirements.txt"],
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
    ]
    print("Installing the peers …", flush=True)
    for step in steps:
        try:
            subprocess.run(step, cwd=PEERS, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"  left out: {error}", flush=True)


if __name__ == "__main__":
    main()
