"""What a client may say on its stream, each in a frame of JSON: a message, or that somebody types."""

import json
from collections.abc import Mapping
from typing import Any

from hubbub.errors import Refused
from hubbub.web.shapes import MAX_ID
from hubbub.web.squeeze import MAX_FRAME

EXAMPLE = '{"say": {"key": UUID, "body": TEXT, "reply_to": ID or null}}'


def understand(text: str | None) -> tuple[str, str, int | None] | None:
    """Return the key, the body and what they reply to, None if they type; or raise `Refused`."""
    frame = _parse(text)
    if isinstance(said := frame.get("say"), dict):
        key, body, original = said.get("key"), said.get("body"), said.get("reply_to")
        if isinstance(key, str) and isinstance(body, str) and (original is None or _is_id(original)):
            return key, body, original
    if frame.get("typing") is True:
        return None
    if "say" in frame or "typing" in frame:
        raise Refused("malformed", f"Send {EXAMPLE}.")
    raise Refused("unknown", f"This frame says nothing that the room understands. Send {EXAMPLE}.")


def _is_id(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MAX_ID


def _parse(text: str | None) -> Mapping[str, Any]:
    if text is None:
        raise Refused("malformed", "Frames are text: one JSON object each.")
    if len(text.encode()) > MAX_FRAME:
        raise Refused("too_large", f"A frame may have at most {MAX_FRAME // 1024} KiB.")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("malformed", "That is not JSON.") from None
    if not isinstance(parsed, dict):
        raise Refused("malformed", "A frame is one JSON object.")
    return parsed
