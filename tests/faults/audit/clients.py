"""Clients of an audit: each sends and listens as a correct client does, and writes down all of it.

A message has one key for ever and one is on its way at a time: what is not acknowledged is sent again
before any other, after every return, every refusal and every long silence.
"""

import asyncio
import json
import ssl
import time
from contextlib import suppress
from random import Random
from uuid import UUID

import httpx
from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.audit.witness import Json, Witness

ANSWER = 5.0  # seconds without an answer after which a message is sent again
SILENCE = 4.0  # seconds without a frame after which a stream is given up
PACE = 0.15  # seconds between two messages on average
CHANGES = 0.5  # seconds between two changes on average
REACTIONS, DELETIONS = 0.4, 0.3  # parts of the changes, and of those of one's own
ENOUGH = 20  # messages that wait, until which somebody goes on talking
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and cheaper than the default for each request
NETWORK = (OSError, TimeoutError, WebSocketException, httpx.HTTPError)


class Outbox:
    """Messages that have not been acknowledged, oldest first. One task at a time takes from it."""

    def __init__(self, witness: Witness, random: Random) -> None:
        self._witness = witness
        self._random = random
        # By key: when it was written, in the order of writing.
        self._since: dict[str, float] = {}
        self.empty = asyncio.Event()
        self.empty.set()
        self._filled = asyncio.Event()
        # Set when the message on its way was acknowledged or refused.
        self._answered = asyncio.Event()

    def write(self) -> None:
        """Put a new message in, unless so many wait already that nobody would go on talking."""
        if len(self._since) >= ENOUGH:
            return
        key = str(UUID(int=self._random.getrandbits(128), version=4))
        witness = self._witness
        witness.sent[key] = f"{witness.name} says number {len(witness.sent)} amid {witness.amid}"
        self._since[key] = time.monotonic()
        self._filled.set()
        self.empty.clear()

    def acknowledge(self, key: str) -> None:
        """Take a message out, if it is one of ours."""
        if key in self._witness.sent:
            self._witness.acknowledged.add(key)
        if (since := self._since.pop(key, None)) is not None:
            if (waited := time.monotonic() - since) > self._witness.longest_wait:
                self._witness.longest_wait, self._witness.awaited = waited, self._witness.sent[key]
            self._answered.set()
        if not self._since:
            self._filled.clear()
            self.empty.set()

    def refuse(self) -> None:
        """Take note that the message on its way was refused for now."""
        self._answered.set()

    async def oldest(self) -> str:
        """Return the key that waits longest, as soon as there is one."""
        await self._filled.wait()
        self._answered.clear()
        return next(iter(self._since))

    async def answer(self) -> None:
        """Return when what `oldest` gave was acknowledged or refused, or when nobody answers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER):
                await self._answered.wait()


class Person:
    """Somebody in the room: joins once, however long that takes, and talks until told to stop."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        self.witness = Witness(name)
        self._random = Random(f"{name} {seed}")  # noqa: S311 as it is to be repeated
        self.outbox = Outbox(self.witness, self._random)
        self._url = url
        self._token = ""

    async def talk(self) -> None:
        """Write messages for ever; what stops this leaves what waits to be sent."""
        while True:
            await asyncio.sleep(self._random.expovariate(1 / PACE))
            self.outbox.write()

    async def change(self) -> None:
        """Change what was said for ever; by default nothing."""

    async def run(self) -> None:
        """Stay in the room for ever, whatever breaks."""
        raise NotImplementedError

    async def _ask(self, method: str, path: str, *, query: Json | None = None, body: Json | None = None) -> Json:
        """Return the JSON of an answer; raises one of `NETWORK` for whatever is not a good one."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with httpx.AsyncClient(base_url=self._url, timeout=ANSWER, headers=headers, verify=PLAIN) as http:
            answer = (await http.request(method, path, params=query, json=body)).raise_for_status()
            return dict(answer.json()) if answer.content else {}

    async def _join(self) -> None:
        while not self._token:
            with suppress(*NETWORK):
                self._token = (await self._ask("POST", "/api/join", body={"name": self.witness.name}))["token"]
            await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(0.05, 0.5))


class Streamer(Person):
    """Somebody with a stream, who returns with a cursor."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        super().__init__(url, name, seed)
        # The cursor; None until a page has been opened.
        self._rev: int | None = None

    async def run(self) -> None:
        """Follow the room for ever."""
        await self._join()
        while True:
            with suppress(*NETWORK):
                if self._rev is None:
                    await self._open_page()
                await self._follow()
            self.witness.reconnections += 1
            await self._pause()

    async def change(self) -> None:
        """Edit, take back and react for ever. What got no answer may still be done at any time, so it is left alone."""
        uncertain: set[str] = set()
        while True:
            await asyncio.sleep(self._random.expovariate(1 / CHANGES))
            known = [message for message in self.witness.messages.values() if not message["deleted_at"]]
            mine = [one for one in known if one["key"] in self.witness.sent and one["key"] not in uncertain]
            with suppress(*NETWORK):
                if known and self._random.random() < REACTIONS:
                    message = self._random.choice(known)
                    await self._ask("PUT", f"/api/messages/{message['id']}/reactions/%F0%9F%91%8D")
                elif mine:
                    message = self._random.choice(mine)
                    uncertain.add(message["key"])
                    await self._change(message)
                    uncertain.discard(message["key"])

    async def _change(self, message: Json) -> None:
        body = "" if self._random.random() < DELETIONS else f"{message['body'][:100]} changed"
        allowed = self.witness.changed.setdefault(message["key"], [self.witness.sent[message["key"]]])
        allowed.append(body)
        address = f"/api/messages/{message['id']}"
        await (self._ask("PATCH", address, body={"body": body}) if body else self._ask("DELETE", address))
        allowed[:] = [body]

    async def _follow(self) -> None:
        async with connect(
            f"{self._url.replace('http', 'ws', 1)}/stream?after={self._rev}",
            subprotocols=[Subprotocol("hubbub.json")],
            additional_headers={"Authorization": f"Bearer {self._token}"},
            open_timeout=ANSWER,
            close_timeout=1,
        ) as socket:
            sender = asyncio.create_task(self._send(socket))
            try:
                while True:
                    async with asyncio.timeout(SILENCE):
                        await self._take(json.loads(await socket.recv()))
            finally:
                sender.cancel()
                await asyncio.wait([sender])

    async def _send(self, socket: ClientConnection) -> None:
        with suppress(*NETWORK):
            while True:
                key = await self.outbox.oldest()
                say = {"key": key, "body": self.witness.sent[key], "reply_to": max(self.witness.messages, default=None)}
                await socket.send(json.dumps({"say": say}))
                await self.outbox.answer()

    async def _take(self, frame: Json) -> None:
        if "refused" in frame:
            await self._pause()
            self.outbox.refuse()
        elif frame.get("reset"):
            self.witness.resets += 1
            await self._open_page()
        else:
            self.witness.take(frame)
            self._rev = max(self._rev or 0, frame["rev"])
            for message in frame["messages"]:
                self.outbox.acknowledge(message["key"])

    async def _open_page(self) -> None:
        rev = (await self._ask("GET", "/api/changes", query={"after": 1 << 62}))["rev"]
        messages = (await self._ask("GET", "/api/messages"))["messages"]
        users = (await self._ask("GET", "/api/users", query={"limit": 200}))["users"]
        self._rev = rev
        self.witness.open_page(messages, users)
        for message in messages:
            self.outbox.acknowledge(message["key"])


class Poster(Person):
    """Somebody who only posts, through the API."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        super().__init__(url, name, seed)
        self.witness.follows = False

    async def run(self) -> None:
        """Post for ever what waits."""
        await self._join()
        while True:
            key = await self.outbox.oldest()
            message = {"key": key, "body": self.witness.sent[key]}
            with suppress(*NETWORK):
                await self._ask("POST", "/api/messages", body=message)
                self.outbox.acknowledge(key)
                continue
            await self._pause()
