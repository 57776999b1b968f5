"""Django Channels with its layer in memory: a consumer per connection, and `group_send`."""

from channels.generic.websocket import AsyncWebsocketConsumer  # type: ignore[import-untyped]  # beside the peers only
from django.conf import settings  # type: ignore[import-not-found]  # the same

settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # the same
    """One connection."""

    async def connect(self) -> None:
        """Let it in."""
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def disconnect(self, _: int) -> None:
        """Let it go."""
        await self.channel_layer.group_discard("room", self.channel_name)

    async def receive(self, text_data: str) -> None:
        """Tell everybody."""
        await self.channel_layer.group_send("room", {"type": "said", "text": text_data})

    async def said(self, event: dict[str, str]) -> None:
        """Pass on what was said."""
        await self.send(text_data=event["text"])


app = Consumer.as_asgi()
