"""The page that finds messages, and leads to a day."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubbub.errors import Refused
from hubbub.room.finding import Wanted
from hubbub.web.answers import page_of, see, wants_frame
from hubbub.web.problems import for_people
from hubbub.web.reception import Reception
from hubbub.web.render import html_found, render_fragment
from hubbub.web.shapes import parse_id

FOUND = 20  # messages on one page
NOTHING = {"found": None, "older": None, "goes_on": False}


class Searching:
    """The handler, and the route that leads to it."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self.routes = (Route("/search", self.search),)

    async def search(self, request: Request) -> Response:
        """Show the messages in which all is that is looked for, newest first."""
        if self._reception.session(request) is None:
            return see("/")
        typed = request.query_params.get("q")
        if typed is None and wants_frame(request):
            return render_fragment("search-frame.html", {})
        if typed is None:
            return page_of("search.html", {"typed": "", **NOTHING}, None)
        try:
            context = {"typed": typed, **await self._find(typed, request.query_params.get("before"))}
        except Refused as refused:
            if not for_people(request):
                raise
            return page_of("search.html", {"typed": typed, **NOTHING}, refused)
        return (
            render_fragment("found-messages.html", context)
            if wants_frame(request)
            else page_of("search.html", context, None)
        )

    async def _find(self, typed: str, before: str | None) -> dict[str, object]:
        last = None if before is None else parse_id(before)
        if before is not None and last is None:
            raise Refused("malformed", "That is not a place among what was found. Search again.")
        wanted = Wanted.parse(typed)
        found = await self._reception.room.find(wanted, last, FOUND + 1)
        shown = found[:FOUND]
        older = shown[-1].id if len(found) > FOUND else None
        return {"found": html_found(shown, wanted), "older": older, "goes_on": last is not None}
