"""Which addresses others are told, and when they are drawn as a code."""

from ipaddress import ip_address

import pytest

from hubbub.reach import addresses, chosen, invitation
from tests.support.codes import read_blocks

FOUND = ["127.0.0.1", "::1", "203.0.113.9", "169.254.7.7", "192.168.1.20", "fe80::1%eth0", "fd00::2", "10.0.0.3"]
FOUND += ["8.8.4.4", "2001:4860::8888"]


@pytest.mark.parametrize(
    ("listening", "told"),
    [
        ("0.0.0.0", ["203.0.113.9", "192.168.1.20", "10.0.0.3", "8.8.4.4"]),  # noqa: S104 as it is what is listened on
        ("::", ["fd00::2", "2001:4860::8888"]),
    ],
)
def test_private_networks_come_first_and_what_leads_nowhere_is_left_out(listening: str, told: list[str]) -> None:
    assert [str(one) for one in chosen(ip_address(listening), map(ip_address, FOUND))] == told


@pytest.mark.parametrize(
    ("listening", "told"),
    [
        ("127.0.0.1", []),
        ("::1", []),
        ("192.168.1.20", ["http://192.168.1.20:8000"]),
        ("fd00::2", ["http://[fd00::2]:8000"]),
    ],
)
def test_whoever_listens_on_one_address_is_there_or_nowhere(listening: str, told: list[str]) -> None:
    assert addresses(listening, 8000) == told


def test_code_is_drawn_where_it_fits() -> None:
    place = "http://192.168.1.20:8000"
    words, *blocks = invitation("192.168.1.20", 8000, 29).splitlines()
    assert words == f"Others on your network come to {place}"
    assert read_blocks(blocks) == place
    assert invitation("192.168.1.20", 8000, 28) == words + "\n"
    assert invitation("127.0.0.1", 8000, 200) == ""
