"""Room for thousands of sockets: some systems let a process open only a few hundred files unless it asks."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

ENOUGH = 8_192


@contextmanager
def many_files() -> Iterator[None]:
    """Let this process, and those that it starts, open thousands of files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= ENOUGH:
        yield
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
