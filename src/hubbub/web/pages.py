"""The pages for people; they all work without JavaScript."""

import math
from collections.abc import Mapping, Sequence
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hubbub.errors import Refused
from hubbub.metrics import REFUSALS
from hubbub.room.changes import Changes, Message
from hubbub.web.audience import Audience
from hubbub.web.front_page import MESSAGES, PEOPLE, Page
from hubbub.web.identity import Session, forget_cookie, set_cookie
from hubbub.web.problems import STATUS
from hubbub.web.reception import Reception
from hubbub.web.render import TURBO_STREAM, Sheet, render_fragment, render_page
from hubbub.web.shapes import parse_id
from hubbub.web.stream import Streams


class Pages:
    """The handlers of the pages, and the routes that lead to them."""

    def __init__(self, reception: Reception, streams: Streams, audience: Audience) -> None:
        self._reception = reception
        self._room = reception.room
        self._streams = streams
        self._audience = audience
        # The newest page, for whoever reads it, and what it was made of.
        self._newest: tuple[Changes, Page, Sheet] | None = None
        self.routes = (
            Route("/room", self.room),
            Route("/", self.lobby),
            Route("/join", self.join, methods=["POST"]),
            Route("/people", self.people),
            Route("/messages", self.say, methods=["POST"]),
            Route("/leave", self.leave, methods=["POST"]),
        )

    async def lobby(self, request: Request) -> Response:
        """Show who is here, and the form to join."""
        return await self._lobby(request)

    async def join(self, request: Request) -> Response:
        """Join with a name."""
        name = (await _form(request)).get("name", "")
        try:
            _, token = await self._reception.join(name, request)
        except Refused as refused:
            return await self._lobby(request, name, refused)
        response = _see("/room")
        set_cookie(response, token, secure=request.url.scheme == "https")
        return response

    async def room(self, request: Request) -> Response:
        """Show the room, or the page of messages before an id."""
        before = _before(request)
        session = self._reception.session(request)
        if session is None:
            return _see("/")
        if before and _wants_frame(request):
            messages, older = await self._history(before)
            return render_fragment("older.html", {"messages": messages, "older": older})
        if before is None:
            sheet = self._sheet(*await self._audience.now())
            return sheet.fill(id=str(session.user.id), name=session.user.name, key=str(uuid4()))
        return await self._show(session, before)

    async def people(self, request: Request) -> Response:
        """Show more of the people list."""
        people = await self._people(request.query_params.get("after"))
        return (
            render_fragment("more-people.html", people) if _wants_frame(request) else render_page("people.html", people)
        )

    async def say(self, request: Request) -> Response:
        """Post a message."""
        form = await _form(request)
        body, key = form.get("body", ""), form.get("key", "")
        session = self._reception.session(request)
        if session is None:
            return _see("/")
        try:
            await self._reception.say(session, key or uuid4(), body)
        except Refused as refused:
            return await self._show(session, body=body, key=key, refused=refused)
        return _see("/room")

    async def leave(self, request: Request) -> Response:
        """Forget the session and end its streams."""
        session = self._reception.session(request)
        if session is not None:
            self._streams.leave(session)
        response = _see("/")
        forget_cookie(response)
        return response

    async def _lobby(self, request: Request, name: str = "", refused: Refused | None = None) -> Response:
        session = self._reception.session(request)
        mine = {"name": name, "me": session and session.user}
        return _page("lobby.html", {**mine, **_around(*await self._audience.now())}, refused)

    def _sheet(self, latest: Changes, page: Page) -> Sheet:
        """Return the newest page for everybody, made anew when something has changed."""
        if not self._newest or self._newest[0] is not latest or self._newest[1] is not page:
            history = {"at": None, "messages": page.messages, "older": page.older, "body": "", "problem": None}
            sheet = Sheet("room.html", {**history, **_around(latest, page)}, ("id", "name", "key"))
            self._newest = latest, page, sheet
        return self._newest[2]

    async def _show(
        self,
        session: Session,
        before: int | None = None,
        *,
        body: str = "",
        key: str = "",
        refused: Refused | None = None,
    ) -> Response:
        latest, page = await self._audience.now()
        messages, older = (page.messages, page.older) if before is None else await self._history(before)
        history = {"at": before, "messages": messages, "older": older}
        mine = {"id": session.user.id, "name": session.user.name, "body": body, "key": key or str(uuid4())}
        return _page("room.html", {**mine, **history, **_around(latest, page)}, refused)

    async def _people(self, after: str | None) -> dict[str, object]:
        people, following = await self._room.listing(after, PEOPLE)
        return {"users": people.users, "online": people.online, "total": people.total, "next": following}

    async def _history(self, before: int) -> tuple[Sequence[Message], int | None]:
        """Return a page of messages, and the id before which there are older ones."""
        messages = await self._room.history(before, MESSAGES + 1)
        page = messages[-MESSAGES:]
        return page, page[0].id if len(messages) > MESSAGES else None


def _around(latest: Changes, page: Page) -> dict[str, object]:
    return {
        "rev": latest.rev,
        "users": page.users,
        "online": latest.online,
        "total": latest.total,
        "next": page.following,
    }


def _before(request: Request) -> int | None:
    """Return the id before which messages are wanted, None for the newest, or raise `Refused` (`malformed`)."""
    if "before" not in request.query_params:
        return None
    before = parse_id(request.query_params["before"])
    if not before:
        raise Refused("malformed", "The place (before) must be the id of a message: a whole number from 1.")
    return before


async def _form(request: Request) -> Mapping[str, str]:
    """Return what was typed into a form; what is not text counts as not typed."""
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _see(place: str) -> Response:
    return RedirectResponse(place, status_code=303)


def _wants_frame(request: Request) -> bool:
    return TURBO_STREAM in request.headers.get("accept", "")


def _page(template: str, context: dict[str, object], refused: Refused | None) -> Response:
    """Return a page; after a refusal with the reason for people, and the status for programs."""
    if refused is None:
        return render_page(template, {"problem": None, **context})
    REFUSALS.labels(refused.code).inc()
    response = render_page(template, {"problem": refused.detail, **context}, STATUS[refused.code])
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(refused.retry_after))
    return response
