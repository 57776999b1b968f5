"""Proves that what cannot start says why in one line, and ends with status 2."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import complaint, hubbub
from tests.support.servers import serving


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_port_that_is_in_use_is_one_line(database_url: str) -> None:
    with serving(database_url) as server:
        again = hubbub("serve", "--port", str(server.port), "--database-url", database_url)
    said = complaint(again)
    assert said.startswith(f"cannot listen on 127.0.0.1:{server.port}: Address already in use")
    assert said.endswith("(see --host, --port)")


def test_port_in_use_is_found_before_a_database_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        complaint(hubbub("serve", "--port", str(port), "--data-dir", str(tmp_path / "data")))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid", "a..b", "x" * 70])
def test_host_that_cannot_be_listened_on_is_one_line(host: str, database_url: str) -> None:
    ended = hubbub("serve", "--host", host, "--port", "0", "--database-url", database_url)
    assert complaint(ended).startswith(f"cannot listen on {host}:0: ")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:{port}/none",
        "postgresql://no.such.host.invalid/none",
        "postgresql://[broken",
        "postgresql://127.0.0.1:{port}/none?sslmode=nonsense",
    ],
)
def test_database_that_cannot_be_reached_is_one_line(url: str) -> None:
    environment = {"HUBBUB_DATABASE_URL": url.format(port=free_port()), "HUBBUB_PORT": "0"}
    ended = hubbub("serve", environment=environment)
    assert complaint(ended).startswith("cannot use the database (HUBBUB_DATABASE_URL): ")


def test_database_that_does_not_exist_is_one_line(database_url: str) -> None:
    server, _, query = database_url.partition("?")
    url = f"{server.rpartition('/')[0]}/nothing_here?{query}"
    assert 'database "nothing_here" does not exist' in complaint(hubbub("serve", "--port", "0", "--database-url", url))


def test_data_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    directory = tmp_path / "file" / "data"
    ended = hubbub("serve", "--port", "0", "--data-dir", str(directory))
    assert complaint(ended) == f"cannot write to the data directory {directory}: Not a directory"


def test_data_directory_with_the_remains_of_a_database_is_one_line(tmp_path: Path) -> None:
    def start(version: str) -> str:
        data = tmp_path / f"remains of {version}"
        (data / "postgres").mkdir(parents=True)
        (data / "postgres" / "PG_VERSION").write_text(version and f"{version}\n")
        return complaint(hubbub("serve", "--port", "0", "--data-dir", str(data)))

    with ThreadPoolExecutor() as threads:  # each tries for seconds before it gives up
        for said in threads.map(start, ["", "9.6", "12"]):
            assert said.startswith("the private PostgreSQL does not start")


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--colour", "red"], {}, "unrecognized arguments: --colour red"),
        (["--port", "http"], {}, "--port=http: input should be a valid integer"),
        ([], {"HUBBUB_MESSAGE_RATE": "-1"}, "HUBBUB_MESSAGE_RATE=-1: input should be greater than or equal to 0"),
        ([], {"HUBBUB_DATABASE_URL": "sqlite:///chat"}, "HUBBUB_DATABASE_URL=…: must begin with postgres"),
    ],
)
def test_option_or_value_that_makes_no_sense_is_one_line(
    arguments: list[str], environment: dict[str, str], said: str
) -> None:
    assert complaint(hubbub("serve", *arguments, environment=environment)).startswith(said)


def test_help_and_version_are_no_errors() -> None:
    for arguments in (["--help"], ["serve", "--help"], ["--version"]):
        ended = hubbub(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout
