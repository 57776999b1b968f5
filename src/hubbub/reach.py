"""Where others on the network reach this server: the interfaces of this machine are asked, and nobody else."""

import io
import os
import sys
from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil
import segno

Address = IPv4Address | IPv6Address

BORDER = 2  # modules; a terminal shows nothing else beside it
WHITE_ON_BLACK, PLAIN = "\x1b[97;40m", "\x1b[0m"

qr_code = partial(segno.make, micro=False, error="m")


def addresses(host: str, port: int) -> list[str]:
    """Return where others reach who listens on `host`, an IP address: best first, none if only this machine does."""
    listening = ip_address(host)
    return [
        f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"  # noqa: PLR2004 as it is IP's
        for address in chosen(listening, _of_this_machine() if listening.is_unspecified else [listening])
    ]


def chosen(listening: Address, found: Iterable[Address]) -> list[Address]:
    """Return the addresses that others can use, those of private networks first."""
    usable = (one for one in found if one.version == listening.version and not (one.is_loopback or one.is_link_local))
    return sorted(usable, key=lambda one: not one.is_private)


def invitation(host: str, port: int, columns: int) -> str:
    """Return where others come to, in lines, and a QR code if it fits in `columns`; "" if they cannot come."""
    places = addresses(host, port)
    if not places:
        return ""
    lines = "".join(f"Others on your network come to {place}\n" for place in places)
    code = qr_code(places[0])
    return lines + _drawn(code) if code.symbol_size(border=BORDER)[0] <= columns else lines


def columns() -> int:
    """Return how wide the terminal is, 0 if this is none or cannot show blocks."""
    if not sys.stdout.isatty() or sys.stdout.encoding.lower() != "utf-8":
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def _drawn(code: segno.QRCode) -> str:
    """Return a QR code in half blocks, its light modules white on a terminal of any colour."""
    drawn = io.StringIO()
    code.terminal(drawn, border=BORDER, compact=True)
    return "".join(f"{WHITE_ON_BLACK}{line}{PLAIN}\n" for line in drawn.getvalue().splitlines())


def _of_this_machine() -> list[Address]:
    """Return the addresses of the interfaces that are up, in their order."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    every = [one for name, each in psutil.net_if_addrs().items() if name in up for one in each]
    return [ip_address(one.address) for one in every if one.family.name in {"AF_INET", "AF_INET6"}]
