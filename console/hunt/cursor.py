"""Where a page of hits ended, as text a browser can send back. It holds no secret and grants nothing: the next page is
asked with the asker's own scope."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from console.errors import ConsoleError

MAX_PARTS = 4


def encode(position: Sequence[Any] | None) -> str | None:
    if position is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode()


def decode(text: str) -> Sequence[Any] | None:
    """None for an empty text (the first page)."""
    if not text:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error, RecursionError) as fault:
        raise ConsoleError("invalid", detail="after: not a page mark of this search") from fault
    if not is_position(position):
        raise ConsoleError("invalid", detail="after: not a page mark of this search")
    return list(position)


def is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_PARTS
        and all(isinstance(it, str | int) and not isinstance(it, bool) for it in value)
    )
