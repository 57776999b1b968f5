"""Every error Hubbub raises on purpose. Drivers' errors are translated where the driver is called.

HubbubError
├── Refused          what somebody asked for breaks a rule; says what to do
│   ├── TooMany      … for now: says how long to wait
│   └── Unavailable  the database or the bus is away; passes by itself
├── CannotStart      a setting or the surroundings forbid to start; one line, exit status 2
├── GaveUp           restarts do not help (supervisor.py); one line, exit status 1
└── WorkerEnded      a worker did, untold (workers.py); it is started again
"""


class HubbubError(Exception):
    """Whatever Hubbub raises on purpose."""


class Refused(HubbubError):
    """A request that breaks a rule of the room.

    `code` is one of the codes of refusal in docs/protocol.md, for programs; `detail` is a sentence
    that tells a person what to do.
    """

    # Seconds after which the same request may succeed; None where repeating it cannot help.
    retry_after: float | None = None

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class TooMany(Refused):
    """A limit is reached; the same request is welcome after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__("too_many", detail)
        self.retry_after = retry_after


class Unavailable(Refused):
    """Something the room stands on is away. The request may or may not have been done: repeat it."""

    retry_after = 1.0

    def __init__(self, detail: str = "The room cannot reach its database. Try again.") -> None:
        super().__init__("unavailable", detail)


class CannotStart(HubbubError):
    """The server cannot start; the message is one line that says what to change."""
