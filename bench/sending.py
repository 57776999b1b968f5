"""Sending: how many messages per second are acknowledged, through streams and through the API, and what bounds that."""

import selectors
import socket
import time

import psutil

from bench.figure import make
from bench.meter import Postgres, cpu_of
from bench.sides import KEYS, Side, database, hubbub, join
from bench.throng import BODY, READ, Throng

SENDERS, LISTENERS, CONNECTIONS = 64, 10, 64
ON_THE_WAY = 4  # messages of each sender by stream
FULL, QUICK = (5.0, 3), (1.0, 1)  # seconds, and rounds


class Share:
    """CPU of the server, of PostgreSQL and of this client from now on."""

    def __init__(self, side: Side, postgres: Postgres) -> None:
        self._side, self._postgres = side, postgres
        self._begun = self._read()

    def _read(self) -> tuple[float, float, float, float]:
        return time.perf_counter(), cpu_of(self._side.process), self._postgres.cpu, cpu_of(psutil.Process())

    def read(self, said: int) -> dict[str, float]:
        """Return what was used, in cores, with the rate of what was said."""
        used = (now - then for now, then in zip(self._read(), self._begun, strict=True))
        seconds, server, stored, own = used
        return {
            "rate": said / seconds,
            "server": server / seconds,
            "postgres": stored / seconds,
            "client": own / seconds,
            # What the client could do, if it had a core for itself and nobody were slower.
            "client_could": said / own,
        }


def by_streams(side: Side, postgres: Postgres, seconds: float) -> dict[str, float]:
    """Let each sender keep some messages on the way: it says another when its own stream has brought one."""
    return _by_streams(side, postgres, seconds, SENDERS, LISTENERS, ON_THE_WAY)


def by_one(side: Side, postgres: Postgres, seconds: float) -> dict[str, float]:
    """Let one sender say its next message when its own stream has brought the last; nobody else is there."""
    return _by_streams(side, postgres, seconds, 1, 0, 1)


def _by_streams(  # noqa: PLR0913, PLR0917 as two plays share it
    side: Side, postgres: Postgres, seconds: float, senders: int, listeners: int, on_the_way: int
) -> dict[str, float]:
    throng = Throng(side.port, side.speech)
    throng.open(senders + listeners)
    share = Share(side, postgres)
    throng.say_on(throng.streams[:senders], seconds, on_the_way=on_the_way)
    result = share.read(throng.said - sum(len(stream.awaited) for stream in throng.streams))
    assert throng.settle(), "a message is lost"
    throng.close()
    return result


def by_api(side: Side, postgres: Postgres, seconds: float) -> dict[str, float]:
    """Let each connection post its next message when it has the answer to its last."""
    token = join(side.port, "by API")
    selector = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        selector.register(socket.create_connection(("127.0.0.1", side.port)), selectors.EVENT_READ)
    connections = [key.fileobj for key in selector.get_map().values()]
    share = Share(side, postgres)
    said, until = 0, time.perf_counter() + seconds
    for connection in connections:
        _post(connection, token)
    while time.perf_counter() < until:
        for key, _ in selector.select(0.1):
            assert isinstance(key.fileobj, socket.socket)
            answer = key.fileobj.recv(READ)
            assert not answer.startswith(b"HTTP/") or answer.startswith(b"HTTP/1.1 201 "), answer
            if not answer.endswith(b"}"):  # the head may come by itself
                continue
            said += 1
            _post(key.fileobj, token)
    result = share.read(said)
    for connection in connections:
        assert isinstance(connection, socket.socket)
        connection.close()
    return result


def _post(connection: object, token: str) -> None:
    assert isinstance(connection, socket.socket)
    body = f'{{"key": "{next(KEYS)}", "body": "{"x" * BODY}"}}'
    connection.sendall(
        f"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )


def measure(effort: tuple[float, int]) -> dict[str, object]:
    """Measure both ways in turn."""
    seconds, rounds = effort
    ways = {"streams": by_streams, "API": by_api, "one": by_one}
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with database() as (databases, postgres):
        for _ in range(rounds):
            for way, send in ways.items():
                with hubbub(databases) as side:
                    result = send(side, postgres, seconds)
                found[way].append(result)
                print(
                    f"  {way}: {result['rate']:,.0f} messages/s acknowledged; cores: server {result['server']:.0%},"
                    f" PostgreSQL {result['postgres']:.0%}, client {result['client']:.0%} (which could do"
                    f" {result['client_could']:,.0f}/s)",
                    flush=True,
                )
    setup = {"senders": SENDERS, "on_the_way": ON_THE_WAY, "listeners": LISTENERS, "connections": CONNECTIONS}
    return {**setup, **found}


if __name__ == "__main__":
    make("sending", measure, FULL, QUICK)
