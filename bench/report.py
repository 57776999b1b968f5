"""From results to docs/performance.md: each table between its two marks, the plots, and the ratios to keep.

Run with `python -m bench.report`, after `python -m bench`. What was not measured is said to be so.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from bench.fanout import cut
from bench.judgement import cpu, record
from bench.meter import RESULTS
from bench.sides import HERE, PYTHON
from bench.tables import table
from bench.targets import HEADER, TARGETS

PAGE = HERE.parent / "docs/performance.md"
EQUAL = 1.3  # times: what differs by less is called equal
NOT_YET = "*Not recorded yet: `make bench` does.*"

Result: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterator[Sequence[str]]


def ms(seconds: float) -> str:
    """Return a time in milliseconds."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:,.0f} ms"


def ranged(values: Sequence[float], form: str = "{:.1f}", factor: float = 1.0) -> str:
    """Return the median and the range."""
    cuts = (form.format(value * factor) for value in (median(values), min(values), max(values)))
    return "{} [{}..{}]".format(*cuts)


def fanout(result: Result) -> Rows:
    """Yield what a delivery costs each side."""
    yield (
        *("side", "streams", "CPU per delivery, µs", "times the limit", "bytes per delivery"),
        *("one at a time: p50 / p99 to the last", "20 messages/s: p50 / p99 to the last"),
    )
    spreads = result["spreads"]
    for streams in sorted({one["streams"] for one in spreads}):
        for side in dict.fromkeys(one["side"] for one in spreads):
            mine = [one for one in spreads if (one["side"], one["streams"]) == (side, streams)]
            if not mine:
                continue
            paced = [time for one in mine for time in one["paced"]]
            yield (
                *(side, f"{streams:,}", ranged([one["cpu"] for one in mine], factor=1e6)),
                f"{cpu(result, side, streams) / cpu(result, result['limit'], streams):.1f}",
                f"{median(one['bytes'] for one in mine):.0f}",
                both([time for one in mine for time in one["alone"]]),
                "too many" if mine[-1]["is_late"] else both(paced) if paced else "",
            )


def both(times: Sequence[float]) -> str:
    """Return the median and the 99th percentile."""
    return f"{ms(cut(times, 50))} / {ms(cut(times, 99))}"


def crowded(result: Result) -> Rows:
    """Yield what is measured of Hubbub alone."""
    flood, api = result["flood"], result["api"]
    yield "figure", "measured"
    to = f"{flood['rate']} messages/s to {flood['streams']:,} streams"
    shares = (f"{flood[who]:.0%}" for who in ("share", "postgres", "client"))
    yield f"{to}: CPU of the server, of PostgreSQL, of the client", ", ".join(shares)
    yield f"{to}: p50 / p99 to the last", both(flood["latencies"])
    while_served = f"while {api['streams']:,} are told {api['rate']} messages/s"
    yield f"`GET /api/messages` {while_served}: p50 / p99", both(api["asked"])


def sending(result: Result) -> Rows:
    """Yield how much can be said, and who is how busy with it."""
    yield (
        "way",
        "acknowledged messages/s",
        "CPU of the server",
        "of PostgreSQL",
        "of the client",
        "what the client could do",
    )
    ways = {
        f"{result['senders']} senders by stream, {result['on_the_way']} messages of each on the way,"
        f" {result['listeners']} more listen": result["streams"],
        f"{result['connections']} connections to the API": result["API"],
        "one sender by stream, one message at a time": result["one"],
    }
    for way, rounds in ways.items():
        shares = (f"{median(one[who] for one in rounds):.0%}" for who in ("server", "postgres", "client"))
        could = f"{median(one['client_could'] for one in rounds):,.0f}/s"
        yield way, ranged([one["rate"] for one in rounds], "{:,.0f}"), *shares, could


def joining(result: Result) -> Rows:
    """Yield what people cost who come and go."""
    alone, kill = result["alone"], result["kill"]
    yield "figure", "CPU of the server", "CPU of PostgreSQL", "other"
    steps = {
        "form": "one person joins by the form",
        "page": "… loads the page",
        "stream": "… comes by a stream, and goes",
    }
    for step, what in steps.items():
        yield what, *(precise(alone[step][who]) for who in ("cpu", "postgres")), ""
    for storm in (result["rush"], result["storm"]):
        for phase, how in (("come", "come by page and stream"), ("go", "go")):
            what = f"{storm['people']:,} {how} among {storm['there']:,}, {storm['wanted']:,}/s wanted: each"
            costs = (precise(storm[phase][who]) for who in ("cpu", "postgres"))
            rate, told = f"{storm[phase]['rate']:,.0f}/s in fact", f"{storm[phase]['bytes']:,.0f} bytes/s to one person"
            yield what, *costs, f"{rate}, {told}"
        yield "… a newcomer is in the count that all see after: p50 / p99", "", "", both(storm["counted_after"])
    what = f"`kill -9` with {kill['streams']:,} streams, each then has {kill['missed']} messages to catch up with: each"
    yield (
        what,
        precise(kill["cpu"]),
        "",
        f"{kill['start']:.1f} s until a new server listens, {kill['back']:.1f} s for all",
    )
    asked = ", ".join(f"{count} {kind}" for kind, count in sorted(kill["queries"].items()))
    yield "… queries", "", "", asked


def precise(seconds: float) -> str:
    """Return a time in hundredths of a millisecond."""
    return f"{seconds * 1000:.2f} ms"


def memory(result: Result) -> Rows:
    """Yield what is held."""
    (_, first), (said, last) = result["soak"][0], result["soak"][-1]
    yield "figure", "measured"
    yield "an empty server", f"{result['streams'][0][1] / 2**20:.0f} MiB"
    yield f"an idle stream, of {result['streams'][-1][0]:,}", f"{result['each'] / 1024:.1f} KiB"
    yield (
        f"after {result['soak'][0][0]:,} and after {said:,} messages",
        f"{first / 2**20:.1f} and {last / 2**20:.1f} MiB",
    )


def history(result: Result) -> Rows:
    """Yield what pages cost."""
    yield "page", "bytes", "CPU of the server", "CPU of PostgreSQL", "p50 / p99"
    for name, page in result["pages"].items():
        costs = (ms(page[who]) for who in ("cpu", "postgres"))
        yield name, f"{page['bytes']:,}", *costs, f"{ms(page['p50'])} / {ms(page['p99'])}"
    for name, asked in result.get("found", {}).items():  # without the page around it
        yield f"search for {name}", "", "", "", f"{ms(asked['p50'])} / {ms(asked['p99'])}"
    yield "a first visit of the room, with styles and scripts", f"{result['visit']:,}", "", "", ""


def reading(result: Result) -> Rows:
    """Yield what a busy room asks of a browser."""
    tasks, scripts, before, after = (result[part] for part in ("tasks", "scripts", "before", "after"))
    yield "figure", "measured"
    yield "tasks of more than 50 ms, of whatever kind", f"{len(tasks)}; the longest {max(tasks, default=0):.0f} ms"
    longest = max((one["duration"] for one in scripts), default=0.0)
    yield "frames of more than 50 ms: the longest script of ours in them", f"{longest:.0f} ms"
    yield "memory of scripts before and after", f"{before['heap'] / 2**20:.2f} and {after['heap'] / 2**20:.2f} MiB"
    for part in ("nodes", "listeners", "rows"):
        yield f"{part} before and after", f"{before[part]:,} and {after[part]:,}"


def pages(result: Result) -> Rows:
    """Yield what the page of the room costs."""
    yield "page of the room", "CPU of the server", "bytes"
    for kind, messages in result["messages"].items():
        cost = ranged([one["cpu"] for one in result[kind]], "{:.2f} ms", 1e3)
        yield f"{messages} messages, {result['people']} people", cost, f"{result[kind][0]['bytes']:,}"


def frames(result: Result) -> Rows:
    """Yield what a message weighs."""
    yield "format", "messages in a frame", f"bytes per message of {result['body']}", "deflated"
    for form in ("html", "json"):
        for one in result[form]:
            yield form.upper(), f"{one['messages']}", f"{one['plain']:.0f}", f"{one['deflated']:.0f}"


def together(result: Result) -> Rows:
    """Yield what a delivery costs one process and two."""
    yield (
        *("processes", f"CPU per delivery to {result['streams']:,} streams, µs", "deliveries/s with a core each"),
        "deliveries/s at the most, in fact",
    )
    for workers, rounds in result["processes"].items():
        costs, most = [one["cpu"] for one in rounds], ranged([one["deliveries"] for one in rounds], "{:,.0f}")
        yield workers, ranged(costs, factor=1e6), f"{int(workers) / median(costs):,.0f}", most


def targets() -> str:
    """Return the table of all targets of what was measured, and how many are met."""
    places = {name: RESULTS / f"{name}.json" for name in TARGETS}
    found = [
        target
        for name, make in TARGETS.items()
        if places[name].exists()
        for target in make(json.loads(places[name].read_text())["result"])
    ]
    if not found:
        return NOT_YET
    met = f"{sum(target.is_met for target in found)} of {len(found)} are met."
    return f"{table([HEADER, *(target.row() for target in found)])}\n\n{met}"


def losses(result: Result) -> str:
    """Return whom Hubbub is dearer than, per delivery, for all who were measured beside it."""
    lines = []
    for streams in sorted({one["streams"] for one in result["spreads"]}):
        mine = cpu(result, "Hubbub, HTML", streams)
        others = {
            one["side"]: cpu(result, one["side"], streams) for one in result["spreads"] if one["streams"] == streams
        }
        cheaper = [f"{side} ({mine / its:.1f} times)" for side, its in others.items() if mine > EQUAL * its]
        lines.append(f"- {streams:,} streams of HTML cost more CPU per delivery than {', '.join(cheaper) or 'nobody'}.")
    return "\n".join([*lines, *(f"- {line}" for line in result["missing"])])


def circumstances(content: Result) -> str:
    """Return where and when something was measured."""
    machine = content["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    pinned = "the server on a core of its own" if content["result"]["pinned"] else "no process pinned to a core"
    return (
        f"Measured on {content['measured']}: {machine['cores']} cores of {machine['processor']},"
        f" {machine['memory']} GiB, {machine['system']}, {versions}; {pinned};"
        f" load average at the end {content['load_average']}."
    )


def shown(plots: dict[str, str]) -> Callable[[Result], str]:
    """Return what shows plots, by file and what they are."""
    return lambda _: "\n\n".join(f"![{what}](performance/{name}.svg)" for name, what in plots.items())


SECTIONS: dict[str, tuple[str, Callable[[Result], Rows | str]]] = {
    "fanout": ("fanout", fanout),
    "losses": ("fanout", losses),
    "crowded": ("fanout", crowded),
    **{
        make.__name__: (make.__name__, make)
        for make in (sending, joining, memory, pages, history, frames, together, reading)
    },
    "plots of fan-out": (
        "fanout",
        shown({"fanout": "What a delivery costs, against streams", "latency": "Until the last has a message"}),
    ),
    "plots of joining": ("joining", shown({"storm": "Until a newcomer of a storm is counted"})),
    "plots of memory": ("memory", shown({"memory": "Memory with idle streams, and during a soak"})),
}


def section(figure: str, make: Callable[[Result], Rows | str]) -> str:
    """Return a part of the page."""
    place = RESULTS / f"{figure}.json"
    if not place.exists():
        return NOT_YET
    content = json.loads(place.read_text())
    made = make(content["result"])
    return made if isinstance(made, str) else f"{table(made)}\n\n{circumstances(content)}"


def put(name: str, text: str, page: str) -> str:
    """Return the page with a text between the marks of that name."""
    begin, end = f"<!-- {name}: made by bench.report -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    assert found, f"the page has no place for {name}"
    return f"{before}{begin}{text}\n{end}{rest.partition(end)[2]}"


def draw(directory: Path) -> None:
    """Draw all plots, if there is what draws them."""
    if not PYTHON.exists():
        print("The plots are left as they are: matplotlib is not installed.")
        return
    subprocess.run([str(PYTHON), str(HERE / "plots.py"), str(RESULTS), str(directory)], check=True)  # noqa: S603


def main() -> None:
    """Write the page, the plots and the ratios."""
    page = put("targets", targets(), PAGE.read_text())
    for name, (figure, make) in SECTIONS.items():
        page = put(name, section(figure, make), page)
    PAGE.write_text(page)
    draw(PAGE.parent / "performance")
    if (place := RESULTS / "fanout.json").exists():
        record(json.loads(place.read_text())["result"])
    print(f"Written: {PAGE.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
