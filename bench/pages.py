"""Pages: what the page of the room costs, with few messages in it and with many."""

import http.client
from dataclasses import dataclass

from bench.figure import make
from bench.meter import cpu_of
from bench.sides import Side, database, hubbub, join, say
from bench.throng import BODY

MESSAGES = {"few": 3, "many": 60}  # many are more than a page shows
PEOPLE = 100  # who know the room: more than a page shows


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    times: int = 400
    rounds: int = 3


def page(side: Side, session: str, times: int) -> dict[str, float]:
    """Return the CPU seconds and the bytes of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", side.port)
    size = len(load(connection, session))
    before = cpu_of(side.process)
    for _ in range(times):
        load(connection, session)
    cpu = (cpu_of(side.process) - before) / times
    connection.close()
    return {"cpu": cpu, "bytes": size}


def load(connection: http.client.HTTPConnection, cookie: str) -> bytes:
    """Return the page of the room."""
    connection.request("GET", "/room", headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def measure(effort: Effort) -> dict[str, object]:
    """Measure rooms with few and with many messages in turn."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in MESSAGES}
    with database() as (databases, _):
        for _ in range(effort.rounds):
            for kind, messages in MESSAGES.items():
                with hubbub(databases) as side:
                    people = [join(side.port, f"person {number}") for number in range(PEOPLE)]
                    for number in range(messages):
                        say(side.port, people[number % PEOPLE], "x" * BODY)
                    found[kind].append(page(side, f"hubbub={people[0]}", effort.times))
                print(f"  {messages} messages: {found[kind][-1]['cpu'] * 1000:.2f} ms CPU per page", flush=True)
    return {"people": PEOPLE, "messages": MESSAGES, **found}


if __name__ == "__main__":
    make("pages", measure, Effort(), Effort(50, 1))
