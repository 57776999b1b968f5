"""Every metric of a server, for Prometheus, moved where the thing happens.

With workers each writes its values to files in a directory that all share, and adds up those of all when it is
asked. The library chooses that when it is imported: `DIRECTORY` must be in the environment before.
https://prometheus.github.io/client_python/multiprocess/
"""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MESSAGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)

disable_created_metrics()  # type: ignore[no-untyped-call]  # workers have none, so nobody has
REGISTRY = CollectorRegistry()

STREAMS = Gauge("hubbub_streams", "Open streams.", registry=REGISTRY, multiprocess_mode="livesum")
REV = Gauge("hubbub_rev", "Revision that streams have been told.", registry=REGISTRY, multiprocess_mode="livemax")
TASKS = Gauge("hubbub_tasks", "Tasks of the event loop.", registry=REGISTRY, multiprocess_mode="livesum")
DELIVERIES = Counter(
    "hubbub_deliveries", "Frames with changes, counted for each stream that they are for.", registry=REGISTRY
)
FANOUT = Histogram("hubbub_fanout_seconds", "One delivery to all streams.", registry=REGISTRY, buckets=SECONDS)
STREAMS_CUT = Counter(
    "hubbub_streams_cut", "Streams that were cut because their clients did not read.", registry=REGISTRY
)
WRITER_WAITING = Gauge(
    "hubbub_writer_waiting", "Messages that wait to be committed.", registry=REGISTRY, multiprocess_mode="livesum"
)
WRITER_BATCH = Histogram("hubbub_writer_batch_messages", "Messages in one commit.", registry=REGISTRY, buckets=MESSAGES)
FEED_LAG_REVISIONS = Gauge(
    "hubbub_feed_lag_revisions",
    "Revisions of the log that are known and not told yet.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
FEED_LAG_SECONDS = Gauge(
    "hubbub_feed_lag_seconds",
    "How long ago the feed knew itself at the head of the log; 0 while it does.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BELLS_LOST = Counter(
    "hubbub_bells_lost", "Looks that found changes although no bell had been heard.", registry=REGISTRY
)
LOOP_DELAY = Histogram(
    "hubbub_loop_delay_seconds", "How late the event loop wakes a task.", registry=REGISTRY, buckets=SECONDS
)
REFUSALS = Counter("hubbub_refusals", "Refusals, by code.", ["code"], registry=REGISTRY)
USERS = Gauge(
    "hubbub_users", "People, online or known.", ["state"], registry=REGISTRY, multiprocess_mode="livemostrecent"
)
BUS_CONNECTED = Gauge(
    "hubbub_bus_connected", "1 while the bus is connected.", registry=REGISTRY, multiprocess_mode="livemin"
)
TASK_CRASHES = Counter("hubbub_task_crashes", "Crashes that count as faults, by task.", ["task"], registry=REGISTRY)


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them: those of this process, or of all workers."""
    registry = REGISTRY
    if DIRECTORY in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # as the library has it
    return generate_latest(registry)


def forget(pid: int) -> None:
    """Take what a process showed of itself out of the sums; what it counted stays."""
    if DIRECTORY in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]  # as the library has it
