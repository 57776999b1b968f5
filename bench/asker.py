"""Asks the API twenty times a second, and prints how many seconds each answer took, as JSON."""

import http.client
import json
import sys
import time

EVERY = 0.05  # seconds


def main() -> None:
    """Ask for so many seconds."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        connection.request("GET", "/api/messages?limit=10")
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        took.append(time.perf_counter() - begun)
        time.sleep(max(0.0, begun + EVERY - time.perf_counter()))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
