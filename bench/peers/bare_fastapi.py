"""FastAPI as its own documentation shows a chat: a list of connections, and `send_text` to each."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
connections: list[WebSocket] = []


@app.websocket("/")
async def stream(websocket: WebSocket) -> None:
    """Tell everybody what this one says."""
    await websocket.accept()
    connections.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for connection in tuple(connections):
                await connection.send_text(text)
    except WebSocketDisconnect:
        connections.remove(websocket)
