"""What browsers keep for a time without a network: the service worker, and the page that it shows then."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubbub.web.render import STATIC, VERSION, address_of_static, render_page


async def _worker(_: Request) -> Response:
    """Return the service worker. Whatever changes in a static file changes it, and so brings the new version."""
    return Response(_WORKER, media_type="text/javascript")


async def _offline(_: Request) -> Response:
    return render_page("offline.html", {})


_FILES = [address_of_static(file.name) for file in sorted(STATIC.iterdir())]
_WORKER = (
    f"const VERSION = {json.dumps(VERSION)};\nconst FILES = {json.dumps(_FILES)};\n"
    + (STATIC / "worker.js").read_text()
)

routes = (Route("/worker.js", _worker), Route("/offline", _offline))
