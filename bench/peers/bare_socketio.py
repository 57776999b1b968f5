"""python-socketio: everybody enters a room, and what one says is emitted to it."""

import socketio  # type: ignore[import-not-found]  # installed beside the peers only

server = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(server)


@server.event  # type: ignore[untyped-decorator]  # the same
async def connect(sid: str, *_: object) -> None:
    """Let one in."""
    await server.enter_room(sid, "room")


@server.event  # type: ignore[untyped-decorator]  # the same
async def say(_: str, body: str) -> None:
    """Tell everybody."""
    await server.emit("said", body, room="room")
