"""Refusals as answers: problem details (RFC 9457) for programs, a page for people."""

import math
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hubbub.errors import Refused
from hubbub.metrics import REFUSALS
from hubbub.web.render import render_page
from hubbub.web.shapes import Problem

STATUS = {
    "malformed": 400,
    "unknown": 400,
    "not_joined": 401,
    "foreign_origin": 403,
    "not_yours": 403,
    "not_found": 404,
    "too_large": 413,
    "empty": 422,
    "too_short": 422,
    "too_long": 422,
    "bad_text": 422,
    "bad_key": 422,
    "bad_emoji": 422,
    "too_many_emoji": 422,
    "too_many": 429,
    "unavailable": 503,
}


def problem(refused: Refused) -> Response:
    """Return the problem details of a refusal."""
    return _respond(STATUS[refused.code], refused.detail, refused.code, refused.retry_after)


def _respond(status: int, detail: str, code: str, retry_after: float | None = None) -> Response:
    shape = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, retry_after=retry_after)
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    return Response(shape.model_dump_json(exclude_none=True), status, headers, "application/problem+json")


def answer_problems(app: Starlette) -> None:
    """Let every error of the application be answered here."""
    app.add_exception_handler(Refused, answer_refused)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_bug)


def for_people(request: Request) -> bool:
    """Whether a browser asks for a page, and no program or script for an answer."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


async def answer_refused(request: Request, error: Exception) -> Response:
    """Return the answer to a request that is refused: a page for people, problem details for programs."""
    assert isinstance(error, Refused)  # noqa: S101 as registered for it
    REFUSALS.labels(error.code).inc()
    if for_people(request):
        return render_page("error.html", {"detail": error.detail}, STATUS[error.code])
    return problem(error)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 as registered for it
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return await answer_refused(request, Refused("malformed", f"{where}: {first['msg']}"))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 as registered for it
    if isinstance(error.__cause__, Refused):  # raised while the framework read the body
        return await answer_refused(request, error.__cause__)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # the framework could not even read the body
        return await answer_refused(request, Refused("malformed", str(error.detail)))
    detail = {404: "There is nothing at this address.", 405: "This address does not take that method."}
    text = detail.get(error.status_code, error.detail)
    if for_people(request):
        response: Response = render_page("error.html", {"detail": text}, error.status_code)
    else:
        response = _respond(error.status_code, text, HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"))
    response.headers.update(error.headers or {})
    return response


async def _answer_nobody(_: Request, __: Exception) -> Response:
    """Answer a client that went away amid its request: it reads nothing, and that it went is no error of ours."""
    return Response(status_code=400)


async def _answer_bug(request: Request, _: Exception) -> Response:
    detail = "Something went wrong on our side. It has been logged."
    if for_people(request):
        return render_page("error.html", {"detail": detail}, 500)
    return _respond(500, detail, "internal_server_error")
