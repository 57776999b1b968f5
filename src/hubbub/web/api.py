"""The JSON API: the same room for programs."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import ValidationError

from hubbub.errors import Refused
from hubbub.room.finding import Wanted
from hubbub.room.room import Room
from hubbub.web import shapes
from hubbub.web.identity import COOKIE, set_cookie
from hubbub.web.reception import Reception
from hubbub.web.shapes import MAX_ID

NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot even look for it

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[int, Query(ge=0, le=MAX_ID)]
MessageId = Annotated[int, Path(ge=1, le=MAX_ID)]

# For the OpenAPI page alone: either says who is asking, which the reception finds out.
SESSION = (HTTPBearer(auto_error=False), APIKeyCookie(name=COOKIE, auto_error=False))
SAY = {"requestBody": {"required": True, "content": {"application/json": {"schema": shapes.Say.model_json_schema()}}}}


def _problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    content = {"application/problem+json": {"schema": shapes.Problem.model_json_schema()}}
    answer: dict[str, object] = {"description": "A problem (RFC 9457).", "content": content}
    # With a default FastAPI does not document an answer of its own that is never given.
    return {"default": answer, **dict.fromkeys(statuses, answer)}


# Answers a request, with or without the framework around it.
Door: TypeAlias = Callable[[Request], Awaitable[Response]]


def make_say(reception: Reception) -> Door:
    """Return what posts a message."""

    async def say(request: Request) -> Response:
        """Post a message; with a key that was used before, return the message it made."""
        message = _understand(request.headers.get("content-type", ""), await request.body())
        said = await reception.say(reception.need_session(request), message.key, message.body, message.reply_to)
        shape = shapes.Message.model_validate(said.message)
        return Response(shape.model_dump_json(), 201 if said.fresh else 200, media_type="application/json")

    return say


def _understand(declared: str, body: bytes) -> shapes.Say:
    """Return what a request says, or raise `Refused` (`malformed`)."""
    if declared.partition(";")[0].strip().lower() != "application/json":
        raise Refused("malformed", "Send JSON, and say so: Content-Type: application/json.")
    try:
        return shapes.Say.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused("malformed", f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise Refused("malformed", "The body is not JSON.") from None


def make_api(reception: Reception, say: Door) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api", responses=_problems(400, 503))
    room = reception.room
    # What only somebody who has joined may ask for.
    mine: dict[str, Any] = {
        "dependencies": [Security(scheme) for scheme in SESSION],
        "responses": _problems(401, 403, 404, 413, 422, 429),
    }

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

    _add_history(router, room)

    @router.patch("/messages/{message_id}", **mine)
    async def edit(request: Request, message_id: MessageId, wanted: shapes.Edit) -> shapes.Message:
        """Change what one said, and return the message as it is now."""
        await reception.edit(reception.need_session(request), message_id, wanted.body)
        return shapes.Message.model_validate(await room.message(message_id))

    @router.delete("/messages/{message_id}", status_code=204, **mine)
    async def erase(request: Request, message_id: MessageId) -> None:
        """Take back what one said: only a trace stays. Once more does no harm."""
        await reception.erase(reception.need_session(request), message_id)

    @router.put("/messages/{message_id}/reactions/{emoji}", status_code=204, **mine)
    async def react(request: Request, message_id: MessageId, emoji: str) -> None:
        """Put an emoji below a message. Once more does no harm."""
        await reception.react(reception.need_session(request), message_id, emoji, on=True)

    @router.delete("/messages/{message_id}/reactions/{emoji}", status_code=204, **mine)
    async def unreact(request: Request, message_id: MessageId, emoji: str) -> None:
        """Take one's emoji away from a message. Once more does no harm."""
        await reception.react(reception.need_session(request), message_id, emoji, on=False)

    router.post(
        "/messages",
        status_code=201,
        response_model=shapes.Message,
        openapi_extra=SAY,
        dependencies=[Security(scheme) for scheme in SESSION],
        responses={
            200: {"model": shapes.Message, "description": "The key was used before; this is its message."},
            **_problems(401, 403, 413, 422, 429),
        },
    )(say)

    @router.get("/changes")
    async def changes(after: Cursor = 0, limit: Limit = 50) -> shapes.Changes:
        """Return what changed after a revision, cut only between revisions."""
        return shapes.Changes.model_validate(await room.changes(after, limit))

    return router


def _add_history(router: APIRouter, room: Room) -> None:
    """Add what only reads messages."""

    @router.get("/messages")
    async def messages(
        before: Annotated[int | None, Query(ge=0, le=MAX_ID)] = None,
        after: Annotated[int | None, Query(ge=0, le=MAX_ID)] = None,
        limit: Limit = 50,
    ) -> shapes.History:
        """Return the newest messages, or those right before an id, or those right after one; oldest first."""
        found = await (room.history(before, limit) if after is None else room.history_after(after, limit))
        return shapes.History.model_validate({"messages": list(found)})

    @router.get("/search", responses=_problems(422))
    async def search(
        q: str, before: Annotated[int | None, Query(ge=0, le=MAX_ID)] = None, limit: Limit = 50
    ) -> shapes.History:
        """Return the messages in which all words of `q` are, or parts of words; those before an id, newest first."""
        return shapes.History.model_validate({"messages": list(await room.find(Wanted.parse(q), before, limit))})

    @router.get("/messages/{message_id}", responses=_problems(404))
    async def message(message_id: MessageId) -> shapes.Message:
        """Return a message."""
        return shapes.Message.model_validate(await room.message(message_id))
