"""The command line: `hubbub serve`. Bad input is one line on stderr and exit status 2."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import NoReturn

from hubbub.collector import resting
from hubbub.errors import CannotStart, HubbubError
from hubbub.settings import PREFIX, Settings, load

BAD_INPUT = 2
BROKEN = 1
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """Argparse whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read on, and exit."""
        self.exit(BAD_INPUT, f"hubbub: {message} (see {self.prog} --help)\n")


def make_parser() -> Parser:
    """Return the parser; `serve` has one option for each setting."""
    parser = Parser(prog="hubbub", description="One room, everyone in it.")
    parser.add_argument("--version", action="version", version=version("hubbub"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve the room until Ctrl-C", allow_abbrev=False)
    for name, field in Settings.model_fields.items():
        serve.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="VALUE",
            default=argparse.SUPPRESS,
            help=f"{field.description} ({PREFIX}{name.upper()}, default: {field.default})".replace("%", "%%"),
        )
    commands.add_parser("work")  # what `serve` starts its workers with
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    chosen = vars(make_parser().parse_args(arguments))
    command = chosen.pop("command")
    try:
        settings = load(chosen)
        with _counting_together() if command == "serve" and settings.workers > 1 else nullcontext():
            with resting():
                from hubbub import processes  # noqa: PLC0415 as a mistyped option is answered at once

            if command == "work":
                processes.work()
            else:
                processes.run(settings)
    except CannotStart as error:
        print(f"hubbub: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except HubbubError as error:
        print(f"hubbub: {error}", file=sys.stderr)
        return BROKEN
    return 0


@contextmanager
def _counting_together() -> Iterator[None]:
    """Let all workers count as one server; the library for metrics asks for this when it is imported."""
    with TemporaryDirectory(prefix="hubbub-metrics-") as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield
