"""Proves where settings come from, and that a bad one is a single line that names it."""

import re
from pathlib import Path

import pytest

from hubbub.cli import BAD_INPUT, main, make_parser
from hubbub.errors import CannotStart
from hubbub.settings import PREFIX, Settings, load


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_defaults_are_those_of_the_contract() -> None:
    assert load({}).model_dump() == {
        "host": "127.0.0.1",
        "port": 8000,
        "workers": 1,
        "data_dir": Path("hubbub-data"),
        "database_url": None,
        "bus_url": None,
        "message_rate": 5,
        "join_rate": 100,
        "streams_per_address": 5000,
    }


def test_option_beats_environment_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_PORT", "1234")
    monkeypatch.setenv("HUBBUB_HOST", "0.0.0.0")  # noqa: S104 as nobody listens
    settings = load({"port": "5678"})
    assert (settings.port, settings.host, settings.join_rate) == (5678, "0.0.0.0", 100)  # noqa: S104 as nobody listens


@pytest.mark.parametrize("url", ["postgresql://u:p@h:5432/d?sslmode=require", "postgres:///d"])
def test_database_address_is_taken_as_it_is(url: str) -> None:
    assert load({"database_url": url}).database_url == url


@pytest.mark.parametrize("name", ["message_rate", "join_rate", "streams_per_address", "port"])
def test_zero_is_a_value(name: str) -> None:
    assert getattr(load({name: "0"}), name) == 0


@pytest.mark.parametrize(
    ("given", "nodes"),
    [
        ("nats://a", "nats://a"),
        ("nats://a,b:4223, c", "nats://a,nats://b:4223,nats://c"),
        ("nats://me:secret@a,nats://me:secret@b", "nats://me:secret@a,nats://me:secret@b"),
        ("tls://a,[::1]:4222", "tls://a,tls://[::1]:4222"),
    ],
)
def test_bus_is_a_list_of_nodes(given: str, nodes: str) -> None:
    assert load({"bus_url": given}).bus_url == nodes


BAD = [
    ("host", "", "at least 1 character"),
    ("port", "http", "valid integer"),
    ("port", "-1", "greater than or equal to 0"),
    ("port", "65536", "less than or equal to 65535"),
    ("port", "80.5", "valid integer"),
    ("workers", "0", "greater than or equal to 1"),
    ("database_url", "", "must begin with postgresql://"),
    ("database_url", "mysql://localhost/chat", "must begin with postgresql://"),
    ("workers", "65", "less than or equal to 64"),
    ("bus_url", "amqp://localhost", "must begin with nats://"),
    ("bus_url", "nats:localhost", "must begin with nats://"),
    ("bus_url", "nats://", "each node must be HOST or HOST:PORT"),
    ("bus_url", "nats://a,,b", "each node must be HOST or HOST:PORT"),
    ("bus_url", "nats://a,b:port", "each node must be HOST or HOST:PORT"),
    ("bus_url", "nats://a:70000", "each node must be HOST or HOST:PORT"),
    ("message_rate", "-1", "greater than or equal to 0"),
    ("message_rate", "inf", "finite"),
    ("message_rate", "nan", ""),
    ("join_rate", "many", "valid number"),
    ("streams_per_address", "1.5", "valid integer"),
]


@pytest.mark.parametrize(("name", "value", "reason"), BAD)
def test_bad_value_is_one_line_that_names_its_setting(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    option, variable = f"--{name.replace('_', '-')}", PREFIX + name.upper()
    shown = "…" if name.endswith("url") else re.escape(value)  # an address may hold a password
    with pytest.raises(CannotStart, match=rf"^{option}={shown}: .*{reason}") as end:
        load({name: value})
    assert "\n" not in str(end.value)
    monkeypatch.setenv(variable, value)
    with pytest.raises(CannotStart, match=rf"^{variable}={shown}: .*{reason}"):
        load({})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["serve", "--colour", "red"], "unrecognized arguments: --colour red"),
        (["serve", "--por", "80"], "unrecognized arguments"),
        (["serve", "8000"], "unrecognized arguments: 8000"),
        (["serve", "--port"], "expected one argument"),
        (["serve", "--port", "http"], "--port=http: input should be a valid integer"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: command"),
    ],
)
def test_command_that_makes_no_sense_is_one_line_and_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(str(end.code))
    said = capsys.readouterr()
    assert status == BAD_INPUT
    assert said.out == ""
    assert said.err.startswith("hubbub: ")
    assert complaint in said.err
    assert said.err.count("\n") == 1


def test_help_tells_every_setting_its_variable_and_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args(["serve", "--help"])
    assert end.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')} VALUE {field.description} ({PREFIX}{name.upper()}" in told
        assert f"{PREFIX}{name.upper()}, default: {field.default})" in told
