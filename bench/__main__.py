"""All figures of one process: `python -m bench`; with `--quick` in two minutes, and against what is recorded."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.sides import PEERS, PYTHON

QUICK = ("fanout", "sending", "joining", "memory")
FIGURES = (*QUICK, "pages", "history", "frames", "together", "reading")
HERE = Path(__file__).parent


def main() -> None:
    """Measure one figure after the other, each in a process of its own, and write them down if none failed."""
    arguments, begun = sys.argv[1:], time.monotonic()
    is_quick = "--quick" in arguments
    if not is_quick:
        _install()
    figures = QUICK if is_quick else FIGURES
    failed = []
    for number, figure in enumerate(figures, 1):
        passed = time.monotonic() - begun
        print(f"{number} of {len(figures)}: {figure} ({passed:.0f} s, load {os.getloadavg()[0]:.1f})", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{figure}", *arguments], check=False).returncode:  # noqa: S603
            failed.append(figure)
    print(f"Took {time.monotonic() - begun:.0f} s.", flush=True)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}. Measure these again with `python -m bench.FIGURE`, then bench.report.")
    end = "bench.judgement" if is_quick else "bench.report"
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
