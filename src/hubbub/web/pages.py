"""The pages for people; they all work without JavaScript."""

from collections.abc import Mapping
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubbub.errors import Refused, Unavailable
from hubbub.room.changes import Changes
from hubbub.web.answers import form_of, page_of, see, see_landing_page, see_message, wants_frame
from hubbub.web.audience import Audience
from hubbub.web.face import face
from hubbub.web.front_page import PEOPLE, Page
from hubbub.web.identity import Session, forget_cookie, set_cookie
from hubbub.web.reception import Reception
from hubbub.web.render import Sheet, render_fragment, render_page
from hubbub.web.shapes import parse_id
from hubbub.web.stream import Streams
from hubbub.web.window import Read, Window, moment_asked_for, window_asked_for

MAX_PART = 100  # characters of a name that are looked for
NOTHING_TYPED = {"body": "", "key": "", "reply_to": None}


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
            Route("/leave", self.leave, methods=["POST"]),
        )

    async def lobby(self, request: Request) -> Response:
        """Show who is here, and the form to join."""
        return await self._lobby(request, around=request.query_params.get("around", ""))

    async def join(self, request: Request) -> Response:
        """Join with a name; whoever this browser was before leaves, in all its tabs."""
        typed = await form_of(request)
        name, around = typed.get("name", ""), typed.get("around", "")
        former = self._reception.session(request)
        try:
            user, token = await self._reception.join(name, request)
        except Refused as refused:
            return await self._lobby(request, name, around, refused)
        if former and former.user.id != user.id:
            self._streams.leave(former)
        meant = parse_id(around)
        response = see_message(meant) if meant else see("/room")
        set_cookie(response, token, secure=request.url.scheme == "https")
        return response

    async def room(self, request: Request) -> Response:
        """Show the room, or a window of its history; a day leads to its first message."""
        read = window_asked_for(request.query_params)
        since = None if read else moment_asked_for(request.query_params)
        session = self._reception.session(request)
        if session is None:
            return see_landing_page(request.query_params.get("around"))
        if since is not None:
            first = await self._room.first_since(since)
            return see_message(first) if first else see("/room")
        if read is None:
            sheet = self._sheet(*await self._audience.now())
            me = session.user
            return sheet.fill(id=str(me.id), name=me.name, face=face(me), key=str(uuid4()))
        if wants_frame(request):
            way = "newer" if "after" in request.query_params else "older"
            return render_fragment("further.html", {"way": way, **_history(await read(self._room))})
        return await self.show(session, read)

    async def people(self, request: Request) -> Response:
        """Show more of the people list, or whose names contain `q`."""
        part, after = request.query_params.get("q", "").strip(), request.query_params.get("after")
        people = await (self._find(part, after) if part else self._people(after))
        if not wants_frame(request):
            return render_page("people.html", people)
        return render_fragment("found-people.html" if part else "more-people.html", people)

    async def leave(self, request: Request) -> Response:
        """Forget the session and end its streams."""
        session = self._reception.session(request)
        if session is not None:
            self._streams.leave(session)
        response = see("/")
        forget_cookie(response)
        return response

    async def _lobby(
        self, request: Request, name: str = "", around: str = "", refused: Refused | None = None
    ) -> Response:
        session = self._reception.session(request)
        mine = {"name": name, "around": parse_id(around), "me": session and session.user}
        return page_of("lobby.html", {**mine, **_around(*await self._audience.now())}, refused)

    def _sheet(self, latest: Changes, page: Page) -> Sheet:
        """Return the newest page for everybody, made anew when something has changed."""
        if not self._newest or self._newest[0] is not latest or self._newest[1] is not page:
            history = {"at": False, "problem": None, **_history(Window(page.messages, page.older, None))}
            context = {**history, **NOTHING_TYPED, **_around(latest, page)}
            sheet = Sheet("room.html", context, ("id", "name", "face", "key"))
            self._newest = latest, page, sheet
        return self._newest[2]

    async def show(
        self,
        session: Session,
        read: Read | None = None,
        *,
        typed: Mapping[str, object] = NOTHING_TYPED,
        refused: Refused | None = None,
    ) -> Response:
        """Return the room with a window of its history, or the newest and what was typed and refused."""
        try:
            latest, page = await self._audience.now()
        except Unavailable:
            if refused is None:
                raise
            latest, page = self._audience.known  # what was typed is not to be lost with the database
        # Later than the revision that the page will follow from: what changes meanwhile is told once more.
        window = await read(self._room) if read else Window(page.messages, page.older, None)
        history = {"at": read is not None, **_history(window)}
        me = session.user
        mine = {"id": me.id, "name": me.name, "face": face(me), **typed}
        return page_of("room.html", {**mine, **history, **_around(latest, page)}, refused)

    async def _people(self, after: str | None) -> dict[str, object]:
        people, following = await self._room.listing(after, PEOPLE)
        return {"users": people.users, "online": people.online, "total": people.total, "next": following, "part": ""}

    async def _find(self, part: str, after: str | None) -> dict[str, object]:
        """Return a window of the people whose names contain `part`, by id; raises `Refused` (`malformed`)."""
        seen = parse_id(after or "0")
        if seen is None:
            raise Refused("malformed", "That is not a place among those found. Look for them again.")
        if len(part) > MAX_PART or "\x00" in part:
            raise Refused("malformed", f"Look for at most {MAX_PART} characters of a name.")
        people = await self._room.people(part, seen, PEOPLE + 1)
        users = people.users[:PEOPLE]
        following = str(users[-1].id) if len(people.users) > PEOPLE else None
        found = {"users": users, "next": following, "part": part, "goes_on": seen > 0}
        return {**found, "online": people.online, "total": people.total}


def _history(window: Window) -> dict[str, object]:
    return {"messages": window.messages, "older": window.older, "newer": window.newer}


def _around(latest: Changes, page: Page) -> dict[str, object]:
    return {
        "rev": latest.rev,
        "newest": page.messages[-1].id if page.messages else 0,
        "users": page.users,
        "online": latest.online,
        "total": latest.total,
        "next": page.following,
    }
