"""The JSON API: the same room for programs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from hubbub.web import shapes
from hubbub.web.identity import COOKIE, set_cookie
from hubbub.web.reception import Reception
from hubbub.web.shapes import MAX_ID

NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot even look for it

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[int, Query(ge=0, le=MAX_ID)]

# For the OpenAPI page alone: either says who is asking, which the reception finds out.
SESSION = (HTTPBearer(auto_error=False), APIKeyCookie(name=COOKIE, auto_error=False))


def _problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    content = {"application/problem+json": {"schema": shapes.Problem.model_json_schema()}}
    answer: dict[str, object] = {"description": "A problem (RFC 9457).", "content": content}
    # With a default FastAPI does not document an answer of its own that is never given.
    return {"default": answer, **dict.fromkeys(statuses, answer)}


def make_api(reception: Reception) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api", responses=_problems(400, 503))
    room = reception.room

    @router.post("/join", responses=_problems(403, 413, 422, 429))
    async def join(request: Request, response: Response, wanted: shapes.Join) -> shapes.Joined:
        """Join with a name: become its user, who is created if the name is new."""
        user, token = await reception.join(wanted.name, request)
        set_cookie(response, token, secure=request.url.scheme == "https")
        return shapes.Joined(user=shapes.User.model_validate(user), token=token)

    @router.get("/users")
    async def users(
        q: Annotated[str, Query(max_length=100, pattern=NO_NUL)] = "", after: Cursor = 0, limit: Limit = 50
    ) -> shapes.People:
        """List users by id, after an id; `q` finds a part of a name."""
        return shapes.People.model_validate(await room.people(q, after, limit))

    @router.get("/messages")
    async def messages(
        before: Annotated[int | None, Query(ge=0, le=MAX_ID)] = None, limit: Limit = 50
    ) -> shapes.History:
        """Return the newest messages, or those right before an id; oldest first."""
        return shapes.History.model_validate({"messages": list(await room.history(before, limit))})

    @router.post(
        "/messages",
        status_code=201,
        dependencies=[Security(scheme) for scheme in SESSION],
        responses={
            200: {"model": shapes.Message, "description": "The key was used before; this is its message."},
            **_problems(401, 403, 413, 422, 429),
        },
    )
    async def say(request: Request, response: Response, message: shapes.Say) -> shapes.Message:
        """Post a message; with a key that was used before, return the message it made."""
        said = await reception.say(reception.need_session(request), message.key, message.body)
        response.status_code = 201 if said.fresh else 200
        return shapes.Message.model_validate(said.message)

    @router.get("/changes")
    async def changes(after: Cursor = 0, limit: Limit = 50) -> shapes.Changes:
        """Return what changed after a revision, cut only between revisions."""
        return shapes.Changes.model_validate(await room.changes(after, limit))

    return router
