"""Draws the plots of docs/performance.md: `plots.py RESULTS DIRECTORY`, by the peers' Python, which has matplotlib."""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]  # installed beside the peers only

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "hubbub", "svg.fonttype": "none", "font.size": 9, "axes.grid": True})

from matplotlib import pyplot as plt  # noqa: E402 as it has to be set up first

COSTS = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)  # marks for microseconds


def fanout(axes: Any, result: Any) -> None:  # noqa: ANN401 as matplotlib has no types here
    """Draw what a delivery costs against streams."""
    for side in dict.fromkeys(one["side"] for one in result["spreads"]):
        mine = [one for one in result["spreads"] if one["side"] == side]
        streams = sorted({one["streams"] for one in mine})  # a peer may lack the most
        costs = [median(one["cpu"] for one in mine if one["streams"] == count) * 1e6 for count in streams]
        axes.plot(streams, costs, marker="o", label=side)
    axes.set(xscale="log", yscale="log", xlabel="streams", ylabel="CPU per delivery, µs")
    everywhere = sorted({one["streams"] for one in result["spreads"]})
    axes.set_xticks(everywhere, [f"{count:,}" for count in everywhere], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_yticks(COSTS, [f"{cost:,}" for cost in COSTS])
    axes.yaxis.set_minor_formatter("")


def latency(axes: Any, result: Any) -> None:  # noqa: ANN401 the same
    """Draw how many messages everybody has after a time, with as many streams as all were measured with."""
    streams = max(one["streams"] for one in result["spreads"])
    for side in dict.fromkeys(one["side"] for one in result["spreads"]):
        mine = [one for one in result["spreads"] if (one["side"], one["streams"]) == (side, streams)]
        times = sorted(time * 1000 for one in mine for time in one["alone"])
        axes.step(times, [(at + 1) / len(times) for at in range(len(times))], where="post", label=side)
    axes.set(xscale="log", xlabel=f"ms until the last of {streams:,} has a message", ylabel="share of messages")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")


def memory(axes: Any, result: Any) -> None:  # noqa: ANN401 the same
    """Draw the memory against idle streams, and against messages."""
    for line, label in (("streams", "idle streams"), ("soak", "messages of a soak")):
        counts, sizes = zip(*result[line], strict=True)
        axes.plot(counts, [size / 2**20 for size in sizes], marker=".", label=label)
    axes.set(xlabel="idle streams, or messages", ylabel="memory of the server, MiB", ylim=(0, None))


def joining(axes: Any, result: Any) -> None:  # noqa: ANN401 the same
    """Draw how soon newcomers of a storm are counted."""
    times = sorted(result["storm"]["counted_after"])
    axes.step(times, [(at + 1) / len(times) for at in range(len(times))], where="post")
    axes.set(xlabel="seconds until a newcomer is counted", ylabel="share of newcomers", xlim=(0, None))


PLOTS = {"fanout": ("fanout", fanout), "latency": ("fanout", latency), "memory": ("memory", memory)} | {
    "storm": ("joining", joining)
}


def main() -> None:
    """Draw each plot whose figure was measured."""
    results, directory = Path(sys.argv[1]), Path(sys.argv[2])
    directory.mkdir(exist_ok=True)
    for name, (figure, draw) in PLOTS.items():
        if (place := results / f"{figure}.json").exists():
            picture, axes = plt.subplots(figsize=(7, 4), layout="constrained")
            draw(axes, json.loads(place.read_text())["result"])
            if axes.get_legend_handles_labels()[0]:
                picture.legend(loc="outside right upper")
            picture.savefig(directory / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
