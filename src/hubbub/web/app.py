"""The web application: its doors, put together."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from hubbub.web.api import make_api
from hubbub.web.audience import Audience
from hubbub.web.guard import Guard
from hubbub.web.pages import Pages
from hubbub.web.problems import answer_problems
from hubbub.web.reception import Reception
from hubbub.web.render import STATIC
from hubbub.web.stream import Streams

# Says of each part that the room stands on whether it is up.
Readiness = Callable[[], Awaitable[Mapping[str, bool]]]
# Returns all metrics as Prometheus reads them.
Scrape = Callable[[], bytes]


def make_app(
    reception: Reception, streams: Streams, audience: Audience, readiness: Readiness, scrape: Scrape
) -> ASGIApp:
    """Return the application; it holds no state of its own."""
    app = FastAPI(
        title="Hubbub",
        description="One room, everyone in it. Errors are problem details (RFC 9457).",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(Pages(reception, streams, audience).router)
    app.include_router(make_api(reception))
    app.mount("/static/{version}", StaticFiles(directory=STATIC))
    _add_health(app, streams, readiness, scrape)
    answer_problems(app)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        """Let streams past the framework: what that holds for each request it would hold as long as they last."""
        if scope["type"] == "websocket" and scope["path"] == "/stream":
            await streams.open(WebSocket(scope, receive, send))
        else:
            await app(scope, receive, send)

    return Guard(route)


def _add_health(app: FastAPI, streams: Streams, readiness: Readiness, scrape: Scrape) -> None:
    @app.api_route("/healthz", methods=["GET", "HEAD"], include_in_schema=False)
    async def healthz() -> Mapping[str, str]:
        return {"status": "ok"}

    @app.api_route("/readyz", methods=["GET", "HEAD"], include_in_schema=False)
    async def readyz() -> Response:
        parts = await readiness()
        ready = all(parts.values()) and not streams.is_closed  # about to stop: send nobody here
        return JSONResponse({"ready": ready, **parts}, 200 if ready else 503)

    @app.api_route("/metrics", methods=["GET", "HEAD"], include_in_schema=False)
    async def metrics() -> Response:
        return Response(scrape(), media_type=CONTENT_TYPE_LATEST)
