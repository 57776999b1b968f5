"""Shifts the wall clock of a process by WRONG_CLOCK seconds: Python imports this first where it is on the path."""

import datetime as dt
import os
import time
from typing import Self

SHIFT = int(os.environ["WRONG_CLOCK"])
RIGHT_TIME, RIGHT_TIME_NS = time.time, time.time_ns


class _AnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, RIGHT_DATETIME)


class WrongDatetime(dt.datetime, metaclass=_AnyDatetime):
    """A datetime whose now is another."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Self:
        """Return the wrong time."""
        return super().now(tz) + dt.timedelta(seconds=SHIFT)

    @classmethod
    def utcnow(cls) -> Self:
        """Return the wrong time."""
        return cls.now(dt.UTC).replace(tzinfo=None)


RIGHT_DATETIME = dt.datetime
dt.datetime = WrongDatetime  # type: ignore[misc]  # which is the point
time.time = lambda: RIGHT_TIME() + SHIFT
time.time_ns = lambda: RIGHT_TIME_NS() + SHIFT * 1_000_000_000
