"""What all handlers of pages do alike: read forms, answer with pages, lead on to others."""

import math
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hubbub.errors import Refused
from hubbub.metrics import REFUSALS
from hubbub.web.problems import STATUS
from hubbub.web.render import TURBO_STREAM, render_page


async def form_of(request: Request) -> Mapping[str, str]:
    """Return what was typed into a form; what is not text counts as not typed."""
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def see(place: str) -> Response:
    """Lead on to another page."""
    return RedirectResponse(place, status_code=303)


def see_landing_page(around: object = None) -> Response:
    """Lead on to the form to join, and from there to the message that was asked for."""
    return see(f"/?around={around}" if around else "/")


def see_message(message_id: int) -> Response:
    """Lead on to a message, and to what was said around it."""
    return see(f"/room?around={message_id}#m{message_id}")


def wants_frame(request: Request) -> bool:
    """Whether a script asks, which puts the answer on its page."""
    return TURBO_STREAM in request.headers.get("accept", "")


def page_of(template: str, context: dict[str, object], refused: Refused | None) -> Response:
    """Return a page; after a refusal with the reason for people, and the status for programs."""
    if refused is None:
        return render_page(template, {"problem": None, **context})
    REFUSALS.labels(refused.code).inc()
    response = render_page(template, {"problem": refused.detail, **context}, STATUS[refused.code])
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(refused.retry_after))
    return response
