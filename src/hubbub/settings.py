"""All settings: from the command line, else from the environment (`HUBBUB_…`), else the default.

Each has one description here; the command line's help and the documentation are made from it.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hubbub.errors import CannotStart

PREFIX = "HUBBUB_"


def _postgres(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return url


def _nats(url: str) -> str:
    """Check a list of nodes, `nats://a,b:4222,…`, and write each of them out in full."""
    scheme, separator, rest = url.partition("://")
    if scheme not in {"nats", "tls"} or not separator:
        raise ValueError("must begin with nats:// (or tls://)")
    nodes = [f"{scheme}://{node.strip().rpartition('://')[2]}" for node in rest.split(",")]
    for node in nodes:
        try:
            parts = urlsplit(node)
            known = parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            known = False
        if not known:
            raise ValueError("each node must be HOST or HOST:PORT, as in nats://a,b:4222")
    return ",".join(nodes)


class Settings(BaseSettings):
    """What can be set. Rates are per second, measured over ten; 0 lifts a limit."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0 for all")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 for any free one")
    workers: int = Field(1, ge=1, le=64, description="processes that share the port")
    data_dir: Path = Field(Path("hubbub-data"), description="directory of the private PostgreSQL")
    database_url: Annotated[str, AfterValidator(_postgres)] | None = Field(
        None, description="postgresql:// address; unset: a private PostgreSQL in the data directory"
    )
    bus_url: Annotated[str, AfterValidator(_nats)] | None = Field(
        None, description="bus between processes, nats://HOST,HOST; unset: the database"
    )
    message_rate: float = Field(
        5, ge=0, allow_inf_nan=False, description="messages per user and second, in each process"
    )
    join_rate: float = Field(
        100, ge=0, allow_inf_nan=False, description="joins per address and second, in each process"
    )
    streams_per_address: int = Field(5000, ge=0, description="open streams per address, in each process")


def load(arguments: dict[str, str]) -> Settings:
    """Return the settings; raises `CannotStart` with one line that names the first bad one."""
    try:
        return Settings(**arguments)  # type: ignore[arg-type]  # strings are what it validates
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        source = f"--{name.replace('_', '-')}" if name in arguments else PREFIX + name.upper()
        reason = first["msg"].removeprefix("Value error, ")
        shown = "…" if name.endswith("url") else first["input"]  # an address may hold a password
        raise CannotStart(f"{source}={shown}: {reason[0].lower()}{reason[1:]}") from None
