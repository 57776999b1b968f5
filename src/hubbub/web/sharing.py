"""Where others come to: the page that says it, and its QR code."""

import io
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubbub.errors import Refused
from hubbub.reach import qr_code
from hubbub.web.answers import wants_frame
from hubbub.web.render import render_fragment, render_page

# A name or an address, and a port; longer ones would make codes that nobody can read.
HOST = re.compile(r"(?=.{1,100}$)(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.ASCII | re.IGNORECASE)

# Returns where others on the network reach this server, best first.
Reach = Callable[[], Sequence[str]]


class Sharing:
    """The handlers, and the routes that lead to them."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.routes = (Route("/share", self.share), Route("/share.svg", self.code))

    async def share(self, request: Request) -> Response:
        """Show where others come to."""
        context = {"places": self._places(request)}
        return (
            render_fragment("share-frame.html", context) if wants_frame(request) else render_page("share.html", context)
        )

    async def code(self, request: Request) -> Response:
        """Draw the first of these places; raises `Refused` (`not_found`) if there is none."""
        places = self._places(request)
        if not places:
            raise Refused("not_found", "Nobody else can come to this address.")
        return Response(_drawn(places[0]), media_type="image/svg+xml")

    def _places(self, request: Request) -> Sequence[str]:
        """Return the address in use, or in place of one for this machine only those that others reach.

        They are told to whoever sits at this machine, as others have an address that works.
        """
        host = HOST.fullmatch(request.headers.get("host", ""))
        if not host:
            raise Refused("malformed", "The address you came by (Host) cannot be shared.")
        if not _is_this_machine(host[1].strip("[]")):
            return [f"{request.url.scheme}://{host[0]}"]
        return self._reach() if request.client and _is_this_machine(request.client.host) else []


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(16)
def _drawn(place: str) -> bytes:
    drawn = io.BytesIO()
    qr_code(place).save(drawn, kind="svg", xmldecl=False, omitsize=True, svgclass=None, lineclass=None, light="#fff")
    return drawn.getvalue()
