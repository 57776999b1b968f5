"""A PostgreSQL of a test's own, which it may stop and start as it likes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hubbub.store.embedded import PrivatePostgres


@contextmanager
def own_postgres() -> Iterator[PrivatePostgres]:
    """Run it; may be stopped at the end."""
    with TemporaryDirectory(prefix="hubbub-") as directory:
        private = PrivatePostgres(Path(directory))
        private.start()
        yield private
        private.stop()
