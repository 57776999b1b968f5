"""Whether fan-out has become worse: its ratio to the limit of the same run, against the recorded one."""

import json
import sys
from statistics import median
from typing import Any

from bench.figure import QUICK
from bench.meter import RESULTS

RECORDED = RESULTS.parent / "limits.json"
WORSE = 1.5  # times the recorded ratio


def ratios(fanout: dict[str, Any]) -> dict[str, float]:
    """Return what a delivery costs beside a bare loop of `send`, by side and streams."""
    return {
        f"{side}, {streams} streams": round(cpu(fanout, side, streams) / cpu(fanout, fanout["limit"], streams), 2)
        for side in ("Hubbub, HTML", "Hubbub, JSON")
        for streams in sorted({spread["streams"] for spread in fanout["spreads"]})
    }


def cpu(fanout: dict[str, Any], side: str, streams: int) -> float:
    """Return the CPU seconds per delivery of a side, the median of the rounds."""
    return float(median(one["cpu"] for one in fanout["spreads"] if (one["side"], one["streams"]) == (side, streams)))


def recorded() -> dict[str, dict[str, float]]:
    """Return the ratios that were recorded, by the limit that they are to: one in Python is another than one in C."""
    return dict(json.loads(RECORDED.read_text())) if RECORDED.exists() else {}


def record(fanout: dict[str, Any]) -> None:
    """Record the ratios to the limit of a run; those to another limit stay."""
    RECORDED.write_text(json.dumps({**recorded(), fanout["limit"]: ratios(fanout)}, indent=1) + "\n")


def main() -> None:
    """Compare, and end with status 1 if something is worse by half."""
    fanout = json.loads((RESULTS / f"{QUICK}fanout.json").read_text())["result"]
    before, worse = recorded().get(fanout["limit"], {}), False
    for name, ratio in ratios(fanout).items():
        was = before.get(name)
        worse |= was is not None and ratio > WORSE * was
        print(f"{name}: {ratio} times the limit; recorded {was or 'is nothing for this limit'}")
    sys.exit("Fan-out is worse by half." if worse else 0)


if __name__ == "__main__":
    main()
