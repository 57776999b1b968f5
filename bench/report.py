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

PAGE = HERE.parent / "docs/performance.md"
EQUAL = 1.3  # times: what differs by less is called equal

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
    yield f"{to}: CPU per delivered message", f"{flood['cpu'] * 1e6:.2f} µs"
    shares = (f"{flood[who]:.0%}" for who in ("share", "postgres", "client"))
    yield f"{to}: CPU of the server, of PostgreSQL, of the client", ", ".join(shares)
    yield f"{to}: p50 / p99 to the last", both(flood["latencies"])
    while_served = f"while {api['streams']:,} are told {api['rate']} messages/s"
    yield f"`GET /api/messages` {while_served}: p50 / p99", both(api["asked"])
    yield f"the loop wakes a task late by at most, {while_served}", f"{api['late_by_at_most']} s"


def sending(result: Result) -> Rows:
    """Yield how much can be said."""
    yield "way", "acknowledged messages/s", "CPU of the server", "CPU of PostgreSQL"
    ways = {
        f"{result['senders']} senders by stream, {result['listeners']} more listen": result["streams"],
        f"{result['connections']} connections to the API": result["API"],
    }
    for way, rounds in ways.items():
        shares = (f"{median(one[who] for one in rounds):.0%}" for who in ("server", "postgres"))
        yield way, ranged([one["rate"] for one in rounds], "{:,.0f}"), *shares


def joining(result: Result) -> Rows:
    """Yield what people cost who come and go."""
    alone, storm, kill = (result[part] for part in ("alone", "storm", "kill"))
    yield "figure", "measured"
    yield "one person by form, page, stream and presence: CPU of the server", ms(alone["cpu"])
    yield "… of it form and page", ms(alone["pages"])
    yield "… and CPU of PostgreSQL", ms(alone["postgres"])
    for phase in ("come", "go"):
        what = f"{storm['people']:,} {phase} while {storm['there']:,} are there, {storm['wanted']:,}/s wanted"
        yield f"{what}: in fact", f"{storm[phase]['rate']:,.0f}/s"
        yield "… CPU of the server for each, with telling all others", ms(storm[phase]["cpu"])
        yield "… bytes of presence to one person", f"{storm[phase]['bytes']:,.0f} per second"
    yield "… a newcomer is in the count that all see after: p50 / p99", both(storm["counted_after"])
    what = f"`kill -9` with {kill['streams']:,} streams: a new server listens after"
    yield what, f"{kill['start']:.1f} s"
    yield f"… all are back, each with the {kill['missed']} messages it missed, after", f"{kill['back']:.1f} s more"
    yield "… CPU of the server for each", ms(kill["cpu"])
    yield "… queries in all", f"{sum(kill['queries'].values())}"


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
    yield "a first visit of the room, with styles and scripts", f"{result['visit']:,}", "", "", ""


def together(result: Result) -> Rows:
    """Yield what a second process costs."""
    yield "processes", f"CPU per delivery to {result['streams']:,} streams, µs", "deliveries/s at the most"
    for workers, rounds in result["processes"].items():
        most = ranged([one["deliveries"] for one in rounds], "{:,.0f}")
        yield workers, ranged([one["cpu"] for one in rounds], factor=1e6), most


def losses(result: Result) -> str:
    """Return whom Hubbub is dearer than, per delivery, for all who were measured beside it."""
    lines = []
    for streams in sorted({one["streams"] for one in result["spreads"]}):
        mine = cpu(result, "Hubbub, HTML", streams)
        others = {one["side"]: cpu(result, one["side"], streams) for one in result["spreads"]}
        cheaper = [f"{side} ({mine / its:.1f} times)" for side, its in others.items() if mine > EQUAL * its]
        lines.append(f"- {streams:,} streams of HTML cost more CPU per delivery than {', '.join(cheaper) or 'nobody'}.")
    return "\n".join([*lines, *(f"- {line}" for line in result["missing"])])


def circumstances(content: Result) -> str:
    """Return where and when something was measured."""
    machine = content["machine"]
    pinned = "the server on a core of its own" if content["result"]["pinned"] else "no process pinned to a core"
    return (
        f"Measured on {content['measured']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']},"
        f" {pinned}; load average at the end {content['load_average']}."
    )


def shown(plots: dict[str, str]) -> Callable[[Result], str]:
    """Return what shows plots, by file and what they are."""
    return lambda _: "\n\n".join(f"![{what}](performance/{name}.svg)" for name, what in plots.items())


SECTIONS: dict[str, tuple[str, Callable[[Result], Rows | str]]] = {
    "fanout": ("fanout", fanout),
    "losses": ("fanout", losses),
    "crowded": ("fanout", crowded),
    **{make.__name__: (make.__name__, make) for make in (sending, joining, memory, history, together)},
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
        return "*Not recorded yet: `make bench` does.*"
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
    page = PAGE.read_text()
    for name, (figure, make) in SECTIONS.items():
        page = put(name, section(figure, make), page)
    PAGE.write_text(page)
    draw(PAGE.parent / "performance")
    if (place := RESULTS / "fanout.json").exists():
        record(json.loads(place.read_text())["result"])
    print(f"Written: {PAGE.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
