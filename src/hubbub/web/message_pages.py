"""What people do with messages: say, change, take back, react. By forms, with JavaScript and without."""

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubbub.errors import Refused
from hubbub.web.answers import form_of, page_of, see, see_landing_page, see_message
from hubbub.web.identity import Session
from hubbub.web.pages import Pages
from hubbub.web.problems import for_people
from hubbub.web.reception import Reception
from hubbub.web.shapes import MAX_ID, parse_id


class MessagePages:
    """The handlers, and the routes that lead to them."""

    def __init__(self, reception: Reception, pages: Pages) -> None:
        self._reception = reception
        self._room = reception.room
        self._pages = pages
        self.routes = (
            Route("/messages", self.say, methods=["POST"]),
            Route("/messages/{id:int}", self.message),
            Route("/messages/{id:int}/edit", self.edit, methods=["POST"]),
            Route("/messages/{id:int}/delete", self.erase, methods=["POST"]),
            Route("/messages/{id:int}/react", self.react, methods=["POST"]),
        )

    async def say(self, request: Request) -> Response:
        """Post a message."""
        typed = await form_of(request)
        session = self._reception.session(request)
        if session is None:
            return see("/")
        key, reply_to = typed.get("key") or str(uuid4()), None
        try:
            reply_to = _original(typed.get("reply_to", ""))
            await self._reception.say(session, key, typed.get("body", ""), reply_to)
        except Refused as refused:
            kept = {"body": typed.get("body", ""), "key": key, "reply_to": reply_to}
            return await self._pages.show(session, typed=kept, refused=refused)
        return see("/room")

    async def message(self, request: Request) -> Response:
        """Show one message, and all that can be done with it."""
        session = self._reception.session(request)
        return await self._show(session, _id(request)) if session else see_landing_page(_id(request))

    async def edit(self, request: Request) -> Response:
        """Change what one said."""
        body = (await form_of(request)).get("body", "")
        session = self._whose(request)
        if session is None:
            return see("/")
        try:
            await self._reception.edit(session, _id(request), body)
        except Refused as refused:
            if not for_people(request):
                raise
            return await self._show(session, _id(request), refused, "edit", body)
        return see_message(_id(request))

    async def erase(self, request: Request) -> Response:
        """Take back what one said."""
        session = self._whose(request)
        if session is None:
            return see("/")
        await self._reception.erase(session, _id(request))
        return see_message(_id(request))

    async def react(self, request: Request) -> Response:
        """Put an emoji below a message, or take it away if it is there."""
        emoji = (await form_of(request)).get("emoji", "").strip()
        session = self._whose(request)
        if session is None:
            return see("/")
        try:
            await self._reception.react(session, _id(request), emoji)
        except Refused as refused:
            if not for_people(request):
                raise
            return await self._show(session, _id(request), refused, "react", emoji)
        return see_message(_id(request))

    def _whose(self, request: Request) -> Session | None:
        """Return who asks. People without a session are led to the form (None); a script is told (`not_joined`)."""
        return self._reception.session(request) if for_people(request) else self._reception.need_session(request)

    async def _show(
        self, session: Session, message_id: int, refused: Refused | None = None, failed: str = "", typed: str = ""
    ) -> Response:
        message = await self._room.message(message_id)
        is_mine = message.user.id == session.user.id
        has_form = not message.deleted_at and (is_mine or failed != "edit")
        context: dict[str, object] = {
            "key": str(uuid4()),
            "message": message,
            "is_mine": is_mine,
            "failed": failed if has_form else "",
            "typed": typed,
        }
        return page_of("message.html", context, refused)


def _id(request: Request) -> int:
    return min(int(request.path_params["id"]), MAX_ID)


def _original(typed: str) -> int | None:
    """Return the id of what a message replies to, None if it replies to nothing; or raise `Refused` (`malformed`)."""
    original = parse_id(typed) if typed else None
    if typed and not original:
        raise Refused("malformed", "What you reply to must be the id of a message: a whole number from 1.")
    return original
