"""The web application: its doors, put together.

FastAPI serves and describes the API. Pages, which programs need no description of, and posting, which is asked for
most, go past it: what it does for a request costs more than they do.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from hubbub.web import offline
from hubbub.web.api import make_api, make_say
from hubbub.web.audience import Audience
from hubbub.web.guard import Guard
from hubbub.web.message_pages import MessagePages
from hubbub.web.pages import Pages
from hubbub.web.problems import answer_problems
from hubbub.web.reception import Reception
from hubbub.web.render import STATIC
from hubbub.web.searching import Searching
from hubbub.web.sharing import Reach, Sharing
from hubbub.web.stream import Streams

# Says of each part that the room stands on whether it is up.
Readiness = Callable[[], Awaitable[Mapping[str, bool]]]
# Returns all metrics as Prometheus reads them.
Scrape = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the application asks of the process that serves it."""

    readiness: Readiness
    scrape: Scrape
    reach: Reach


def make_app(reception: Reception, streams: Streams, audience: Audience, surroundings: Surroundings) -> ASGIApp:
    """Return the application; it holds no state of its own."""
    say = make_say(reception)
    api = FastAPI(
        title="Hubbub",
        description="One room, everyone in it. Errors are problem details (RFC 9457).",
        version=version("hubbub"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    api.include_router(make_api(reception, say))
    rooms = Pages(reception, streams, audience)
    pages = Starlette(
        routes=[
            *rooms.routes,
            *MessagePages(reception, rooms).routes,
            *Searching(reception).routes,
            *Sharing(surroundings.reach).routes,
            *offline.routes,
            Mount("/static/{version}", StaticFiles(directory=STATIC)),
            *_health(streams, surroundings),
        ]
    )
    pages.router.default = api
    posting = Starlette(routes=[Route("/api/messages", say, methods=["POST"])])
    for app in (api, pages, posting):
        answer_problems(app)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == "/stream":
            # Past all frameworks: what they hold for each request they would hold as long as a stream lasts.
            await streams.open(WebSocket(scope, receive, send))
        elif scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/api/messages":
            await posting(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return Guard(route)


def _health(streams: Streams, surroundings: Surroundings) -> Sequence[Route]:
    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        parts = await surroundings.readiness()
        ready = all(parts.values()) and not streams.is_closed  # about to stop: send nobody here
        return JSONResponse({"ready": ready, **parts}, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(surroundings.scrape(), media_type=CONTENT_TYPE_LATEST)

    return Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)
