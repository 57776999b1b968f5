"""The judge of an audit: compares what clients did and saw with what the room holds.

It knows nothing of servers or faults. Its own tests feed it with a lost, a doubled and a swapped message.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from tests.faults.audit.witness import Departure, Json, Seen, Span, Witness

NO_DATABASE = "hubbub: cannot use the database"


def check(witnesses: Iterable[Witness], history: Sequence[Seen], users: Sequence[Json]) -> list[str]:
    """Return every broken promise as a sentence; `history` and `users` are the whole room at the end."""
    broken: list[str] = []
    broken += _check_order(history)
    for witness in witnesses:
        broken += _check_sends(witness, history)
        if witness.follows:
            broken += _check_runs(witness, history)
            broken += _check_end(witness, history, users)
    return broken


def check_departures(
    witnesses: Iterable[Witness], departures: Iterable[Departure], unnoticed: Sequence[Span]
) -> list[str]:
    """Return who was shown as gone while nobody should have noticed anything, as sentences."""
    here = {witness.name for witness in witnesses if witness.follows}
    return [
        f"{departure.name}: shown as gone {departure.at - span.begin:.1f} s after {span.fault} began"
        for departure in departures
        for span in unnoticed
        if departure.name in here and span.begin <= departure.at <= span.end
    ]


def check_log(lines: Iterable[str]) -> list[str]:
    """Return what a server should never have to say: that a task crashed, or anything that is no line of its log.

    An outage is a warning. That a worker ended is an error, but those are killed here; one that starts amid an
    outage says why it cannot, and is started again.
    """
    said = Counter(wrong for line in lines if (wrong := _complaint(line)))
    return [f"logged {times} times: {line}" for line, times in said.items()]


def _complaint(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return "" if line.startswith(NO_DATABASE) else line.rstrip()
    if entry["level"] not in {"error", "critical"} or str(entry.get("task")).startswith("worker"):
        return ""
    causes = [f"{cause['exc_type']}: {cause['exc_value']}" for cause in entry.get("exception", ())]
    return f"{entry['event']} {entry.get('task', '')} {causes}"


def _check_order(history: Sequence[Seen]) -> list[str]:
    ids = [message.id for message in history]
    return [f"history is out of order at {one}" for one, following in pairwise(ids) if one >= following]


def _check_sends(witness: Witness, history: Sequence[Seen]) -> list[str]:
    """Acknowledged keys are there exactly once; others at most once, with the body that was sent or changed."""
    stored = Counter(message.key for message in history)
    bodies = {message.key: message.body for message in history}
    broken = []
    for key, body in witness.sent.items():
        if key in witness.acknowledged and not stored[key]:
            broken.append(f"{witness.name}: acknowledged and lost: {body!r}")
        if stored[key] > 1:
            broken.append(f"{witness.name}: there {stored[key]} times: {body!r}")
        if stored[key] and bodies[key] not in witness.changed.get(key, [body]):
            broken.append(f"{witness.name}: has another body: {body!r}")
    places = {message.key: place for place, message in enumerate(history)}
    order = [places[key] for key in witness.sent if key in places]
    if order != sorted(order):
        broken.append(f"{witness.name}: own messages are in another order than they were sent")
    return broken


def _check_runs(witness: Witness, history: Sequence[Seen]) -> list[str]:
    """Every run is a part of the history without a gap, in the same order; what changed later does not matter."""
    broken = []
    places = {message.id: place for place, message in enumerate(history)}
    for number, run in enumerate(witness.runs):
        if not run:
            continue
        start = places.get(run[0].id)
        expected = [] if start is None else list(history[start : start + len(run)])
        if [(one.id, one.key) for one in run] != [(one.id, one.key) for one in expected]:
            broken.append(f"{witness.name}: run {number} is not the room's: {_difference(run, expected)}")
    return broken


def _check_end(witness: Witness, history: Sequence[Seen], users: Sequence[Json]) -> list[str]:
    """The state held at the end equals a fresh page."""
    broken = []
    run = witness.runs[-1]
    expected = [message for message in history if not run or message.id >= run[0].id]
    held = [Seen.of(witness.messages[number]) for number in sorted(witness.messages)]
    if held != expected:
        broken.append(f"{witness.name}: ends with other messages: {_difference(held, expected)}")
    texts = {message.id: message.body for message in history}
    quotes = [message["reply_to"] for message in witness.messages.values() if "reply_to" in message]
    wrong = [quote["body"] for quote in quotes if quote["body"] != texts[quote["id"]][:140]]
    broken += [f"{witness.name}: ends with a quote of what is not there: {body!r}" for body in wrong]
    if witness.users != {user["id"]: user for user in users}:
        wrong = [user["name"] for user in users if witness.users.get(user["id"]) != user]
        broken.append(f"{witness.name}: ends with other users: {wrong[:5]}")
    return broken


def _difference(got: Sequence[Seen], expected: Sequence[Seen]) -> str:
    """Say where two lists part."""
    for place, (one, other) in enumerate(zip(got, expected, strict=False)):
        if one != other:
            return f"at {place} it has {one}, the room {other}"
    return f"it has {len(got)}, the room {len(expected)}"
