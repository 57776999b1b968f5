"""Programs that use the room: the JSON API and streams, awaited by what arrives, never by time."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection, connect

ARRIVAL = 15.0  # seconds anything may take on a busy machine; a net, not a measurement

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
        async with httpx.AsyncClient(base_url=self._crowd.url, headers=self.headers) as http:
            return await http.post("/api/messages", json={"key": str(key or uuid4()), "body": body})

    async def stream(self, after: int | None = None, view: str = "room", form: str = "json") -> "Stream":
        """Open a stream."""
        return await self._crowd.stream(after=after, view=view, form=form, headers=self.headers)


class Crowd:
    """Everybody who uses one server in a test; an async context that closes all their streams."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._streams: list[Stream] = []

    async def join(self, name: str) -> Client:
        """Join through the API."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            response = await http.post("/api/join", json={"name": name})
        assert response.status_code == 200, response.text
        return Client(self, response.json())

    async def get(self, path: str, **query: object) -> Json:
        """Return the JSON of a GET."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            response = await http.get(path, params={name: str(value) for name, value in query.items()})
        assert response.status_code == 200, response.text
        return response.json()

    async def stream(
        self,
        *,
        after: int | None = None,
        view: str = "room",
        form: str = "json",
        headers: dict[str, str] | None = None,
    ) -> "Stream":
        """Open a stream, with or without a session."""
        query = f"view={view}" + ("" if after is None else f"&after={after}")
        address = f"{self.url.replace('http', 'ws', 1)}/stream?{query}"
        protocols = [Subprotocol(f"hubbub.{form}")]
        stream = Stream(await connect(address, subprotocols=protocols, additional_headers=headers))
        self._streams.append(stream)
        return stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(stream.close() for stream in self._streams))


class Stream:
    """A JSON stream: what arrived, applied as a client would."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.rev = 0
        self.messages: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.online = 0
        self.total = 0
        self.refusals: list[Json] = []
        self.resets = 0

    async def say(self, body: str, key: UUID | None = None) -> str:
        """Send a message and return its key; do not wait."""
        text = str(key or uuid4())
        await self.socket.send(json.dumps({"say": {"key": text, "body": body}}))
        return text

    async def frame(self) -> Json:
        """Return the next frame, applied."""
        async with asyncio.timeout(ARRIVAL):
            frame: Json = json.loads(await self.socket.recv())
        self._apply(frame)
        return frame

    async def until(self, condition: Callable[["Stream"], object]) -> None:
        """Take frames until the condition holds."""
        async with asyncio.timeout(ARRIVAL):
            while not condition(self):
                await self.frame()

    async def sees(self, body: str) -> Json:
        """Take frames until a message with this body is there, and return it."""
        await self.until(lambda stream: body in stream.bodies)
        return next(message for message in self.messages.values() if message["body"] == body)

    async def refusal(self) -> Json:
        """Take frames until the next refusal, and return it."""
        seen = len(self.refusals)
        await self.until(lambda stream: len(stream.refusals) > seen)
        return self.refusals[-1]

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
        else:
            for rows, held in ((frame["messages"], self.messages), (frame["users"], self.users)):
                for row in rows:
                    if row["rev"] >= held.get(row["id"], row)["rev"]:
                        held[row["id"]] = row
            self.rev = max(self.rev, frame["rev"])
            self.online, self.total = frame["online"], frame["total"]
