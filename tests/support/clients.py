"""Programs that use the room: the JSON API and streams, awaited by what arrives, never by time."""

import asyncio
import json
import ssl
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from websockets import InvalidStatus, Subprotocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.wires import narrow_socket

ARRIVAL = 15.0  # seconds anything may take on a busy machine; a net, not a measurement

# Nothing here is encrypted. Left to itself, each client would read all certificates there are: 40 ms.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Json = dict[str, Any]


class Client:
    """Somebody who joined by the API."""

    def __init__(self, crowd: "Crowd", joined: Json) -> None:
        self._crowd = crowd
        self.user: Json = joined["user"]
        self.token: str = joined["token"]

    @property
    def headers(self) -> dict[str, str]:
        """What says who this is."""
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, body: str, key: UUID | None = None) -> httpx.Response:
        """Post a message through the API."""
        message = {"key": str(key or uuid4()), "body": body}
        return await self._crowd.http.post("/api/messages", json=message, headers=self.headers)

    async def stream(
        self, after: int | None = None, view: str = "room", form: str = "json", *, narrow: bool = False
    ) -> "Stream":
        """Open a stream."""
        return await self._crowd.stream(after=after, view=view, form=form, headers=self.headers, narrow=narrow)

    async def html_stream(self, after: int | None = None, view: str = "room") -> "HtmlStream":
        """Open a stream of markup."""
        return HtmlStream((await self.stream(after, view, form="html")).socket)


class Crowd:
    """Everybody who uses one server in a test; an async context that closes all their streams."""

    def __init__(self, url: str) -> None:
        self.url = url
        # For programs: it keeps no cookies, so nobody becomes somebody by having joined.
        nothing_kept = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self.http = httpx.AsyncClient(base_url=url, cookies=nothing_kept, verify=NO_CERTIFICATES)
        self._streams: list[Stream] = []
        self._browsers: list[httpx.AsyncClient] = []

    async def join(self, name: str) -> Client:
        """Join through the API."""
        response = await self.http.post("/api/join", json={"name": name})
        assert response.status_code == 200, response.text
        return Client(self, response.json())

    async def get(self, path: str, **query: object) -> Json:
        """Return the JSON of a GET."""
        response = await self.http.get(path, params={name: str(value) for name, value in query.items()})
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    def browser(self, **headers: str) -> httpx.AsyncClient:
        """Return a browser without JavaScript: it keeps cookies, and shows redirects for what they are."""
        accept = {"Accept": "text/html", **headers}
        browser = httpx.AsyncClient(base_url=self.url, headers=accept, verify=NO_CERTIFICATES)
        self._browsers.append(browser)
        return browser

    async def enter(self, name: str) -> httpx.AsyncClient:
        """Return a browser in which somebody has joined by the form."""
        browser = self.browser()
        response = await browser.post("/join", data={"name": name})
        assert (response.status_code, response.headers["location"]) == (303, "/room"), response.text
        return browser

    async def history(self) -> list[Json]:
        """Return all messages there are, oldest first, page by page."""
        messages: list[Json] = []
        while True:
            query = {"before": messages[0]["id"]} if messages else {}
            page = (await self.get("/api/messages", limit=200, **query))["messages"]
            if not page:
                return messages
            messages = page + messages

    async def handshake(self, query: str, protocols: list[str] | None = None, **headers: str) -> httpx.Response:
        """Return the answer to a handshake that is refused."""
        offered = [Subprotocol(name) for name in protocols or []]
        try:
            socket = await connect(
                f"{self.url.replace('http', 'ws', 1)}/stream?{query}",
                subprotocols=offered or None,
                additional_headers=headers,
            )
        except InvalidStatus as refused:
            answer = refused.response
            return httpx.Response(
                answer.status_code, headers=list(answer.headers.raw_items()), content=bytes(answer.body)
            )
        await socket.close()
        raise AssertionError("the handshake was accepted")

    async def stream(
        self,
        *,
        after: int | None = None,
        view: str = "room",
        form: str = "json",
        headers: dict[str, str] | None = None,
        narrow: bool = False,
    ) -> "Stream":
        """Open a stream, with or without a session; a narrow one holds little that has not been read."""
        query = f"view={view}" + ("" if after is None else f"&after={after}")
        address = f"{self.url.replace('http', 'ws', 1)}/stream?{query}"
        protocols = [Subprotocol(f"hubbub.{form}")]
        # Without a bound on frames: after a flood they are large. Without pings: tests say when a client dies.
        opened = await connect(
            address,
            subprotocols=protocols,
            additional_headers=headers,
            max_size=None,
            ping_interval=None,
            close_timeout=1,
            sock=narrow_socket(self.url) if narrow else None,
            # What is repeated to be much must be much on the wire.
            compression=None if narrow else "deflate",
        )
        stream = Stream(opened, self.http)
        self._streams.append(stream)
        return stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(stream.close() for stream in self._streams))
        await asyncio.gather(*(client.aclose() for client in (self.http, *self._browsers)))


class Stream:
    """A JSON stream: what arrived, applied as a client would."""

    def __init__(self, socket: ClientConnection, http: httpx.AsyncClient) -> None:
        self.socket = socket
        self._http = http
        self.rev = 0
        self.messages: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.online = 0
        self.total = 0
        self.refusals: list[Json] = []
        self.resets = 0
        # Who types, as told last.
        self.typing: list[str] = []

    async def say(self, body: str, key: UUID | None = None) -> str:
        """Send a message and return its key; do not wait."""
        text = str(key or uuid4())
        await self.socket.send(json.dumps({"say": {"key": text, "body": body}}, ensure_ascii=False))
        return text

    async def types(self) -> None:
        """Say that somebody types; do not wait."""
        await self.socket.send('{"typing": true}')

    async def frame(self) -> Json:
        """Return the next frame, applied."""
        async with asyncio.timeout(ARRIVAL):
            frame: Json = json.loads(await self.socket.recv())
        self._apply(frame)
        if frame.get("relisted"):
            await self._look_everybody_up()
        return frame

    async def _look_everybody_up(self) -> None:
        """Ask for all users: others may have changed than the stream told of."""
        users: list[Json] = [{"id": 0}]
        while users:
            answer = await self._http.get("/api/users", params={"after": users[-1]["id"], "limit": 200})
            if answer.is_error:  # the server stops or is cut off, and so will the stream be
                return
            users = answer.json()["users"]
            self._hold(users, self.users)

    async def until(self, condition: Callable[["Stream"], object], patience: float = ARRIVAL) -> None:
        """Take frames until the condition holds."""
        async with asyncio.timeout(patience):
            while not condition(self):
                await self.frame()

    async def sees(self, body: str) -> Json:
        """Take frames until a message with this body is there, and return it."""
        news = list(self.messages.values())
        async with asyncio.timeout(ARRIVAL):
            while not (found := [message for message in news if message["body"] == body]):
                news = (await self.frame()).get("messages", [])
        return found[0]

    async def ends(self) -> tuple[int, str]:
        """Take frames until the server ends the stream, and return how: code and reason."""
        async with asyncio.timeout(ARRIVAL):
            try:
                while True:
                    await self.frame()
            except ConnectionClosed:
                return self.socket.close_code or 0, self.socket.close_reason or ""

    async def refusal(self) -> Json:
        """Take frames until the next refusal, and return it."""
        seen = len(self.refusals)
        await self.until(lambda stream: len(stream.refusals) > seen)
        return self.refusals[-1]

    def shows(self, name: str, *, online: bool) -> bool:
        """Whether somebody of this name is there with this status."""
        return any(user["name"] == name and user["online"] is online for user in self.users.values())

    @property
    def newest(self) -> str:
        """What was said last."""
        return str(self.messages[max(self.messages)]["body"]) if self.messages else ""

    @property
    def bodies(self) -> list[str]:
        """What was said, in the order of the room."""
        return [self.messages[number]["body"] for number in sorted(self.messages)]

    async def close(self) -> None:
        """Close the stream as a client does that goes away."""
        await self.socket.close()

    def _apply(self, frame: Json) -> None:
        if "refused" in frame:
            self.refusals.append(frame["refused"])
        elif frame.get("reset"):
            self.resets += 1
        elif "typing" in frame:
            self.typing = [one["name"] for one in frame["typing"]]
        else:
            for rows, held in ((frame["messages"], self.messages), (frame["users"], self.users)):
                self._hold(rows, held)
            self.rev = max(self.rev, frame["rev"])
            self.online, self.total = frame["online"], frame["total"]

    def _hold(self, rows: list[Json], held: dict[int, Json]) -> None:
        for row in rows:
            if row["rev"] >= held.get(row["id"], row)["rev"]:
                held[row["id"]] = row


class HtmlStream:
    """A stream of markup, frame by frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, body: str, key: UUID | str | None = None) -> str:
        """Send a message and return its key; do not wait."""
        text = str(uuid4() if key is None else key)
        await self.socket.send(json.dumps({"say": {"key": text, "body": body}}))
        return text

    async def frame(self) -> str:
        """Return the next frame."""
        async with asyncio.timeout(ARRIVAL):
            return str(await self.socket.recv())

    async def frame_with(self, text: str) -> str:
        """Take frames until one contains a text, and return it."""
        async with asyncio.timeout(ARRIVAL):
            while text not in (frame := await self.frame()):
                pass
        return frame
