"""Runs a peer in Python under uvicorn: `python serve.py bare_fastapi`. Prints its port."""

import sys

import uvicorn

listening = uvicorn.Config(f"{sys.argv[1]}:app", port=0)
config = uvicorn.Config(
    f"{sys.argv[1]}:app", loop="uvloop", lifespan="off", log_level="warning", ws_per_message_deflate=False
)
socket = listening.bind_socket()
socket.listen(4096)
print(socket.getsockname()[1], flush=True)
uvicorn.Server(config).run([socket])
