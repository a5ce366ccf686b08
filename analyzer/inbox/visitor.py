"""What travels on a sensor's connection beside its batches, and who takes it: a message's kind decides.

A text is an object with one member, a binary message's meta likewise (a batch's meta has an `epoch` instead): its name
is the kind. Orders' answers (`pong`) and batches are the inbox's own; everything else belongs to one visitor each.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from analyzer.errors import InboxError
from sensor.outbox.batch import unpack

Say = Callable[[Mapping[str, Any]], None]
"""Sends one text to the sensor, after what was said before; never waits."""


class Visitor(Protocol):
    """Takes one or several kinds of messages. Called on the event loop, one message of a sensor after the other; while
    it awaits, nothing more is read from that sensor: what it cannot hold waits in the sensor."""

    async def receive(self, sensor: str, kind: str, value: Any, content: bytes, say: Say) -> None:
        """content: what follows the meta of a binary message, empty for a text. Raises InboxError when the sensor
        breaks the protocol: it is disconnected."""

    async def leave(self, sensor: str) -> None:
        """The sensor's connection has ended; nothing of this sensor is being received."""


def read_text(message: str) -> tuple[str, Any]:
    """Kind and value of a text. Raises InboxError."""
    try:
        return only_member(json.loads(message))
    except (ValueError, RecursionError) as fault:
        raise InboxError(f"a text of no kind: {fault}") from fault


def read_binary(message: bytes) -> tuple[str, Any, bytes] | None:
    """Kind, value and content of a binary message; None when it is a batch. Raises InboxError."""
    try:
        meta, content = unpack(message)
        value = json.loads(meta)
        if isinstance(value, dict) and "epoch" in value:
            return None
        return (*only_member(value), content)
    except (ValueError, RecursionError) as fault:
        raise InboxError(f"a message of no kind: {fault}") from fault


def only_member(value: Any) -> tuple[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("not an object with one member")
    return next(iter(value.items()))
