"""Packets arriving from sensors: pieces of the one answer each was asked for, put together within its bounds."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analyzer.errors import InboxError
from analyzer.inbox.visitor import Say

PACKETS = "packets"
"""The kind of message it takes."""
REASONS = ("", "absent", "limit", "time", "damaged", "rolled_over", "gap", "links")
"""As sensor/rust/capture/src/ring/dump.rs names them."""
PCAP_HEADER = b"\x4d\x3c\xb2\xa1"
"""Nanoseconds, little endian: what sensors write."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole slice. left: the sensor went away before it was whole."""

    order: str
    pcap: bytes = b""
    count: int = 0
    complete: bool = False
    reason: str = ""
    left: bool = False


@dataclass(slots=True)
class _Expected:
    order: str
    max_bytes: int
    content: bytearray = field(default_factory=bytearray)


class Intake:
    """The visitor of `packets` messages. answered: called with each whole answer, from the inbox's thread."""

    def __init__(self, answered: Callable[[str, Answer], None]) -> None:
        self._answered = answered
        self._lock = threading.Lock()
        self._expected: dict[str, _Expected] = {}

    def expect(self, sensor: str, order: str, max_bytes: int) -> None:
        """From now on pieces of this order's answer are taken, and of no other."""
        with self._lock:
            self._expected[sensor] = _Expected(order, max_bytes)

    def forget(self, sensor: str) -> None:
        with self._lock:
            self._expected.pop(sensor, None)

    async def receive(self, sensor: str, _kind: str, value: Any, content: bytes, _say: Say) -> None:
        order, offset, size = place_of(value)
        with self._lock:
            expected = self._expected.get(sensor)
            if expected is None or expected.order != order:
                return  # an answer nobody waits for any more
            if size > expected.max_bytes or offset != len(expected.content) or offset + len(content) > size:
                raise InboxError("packets that were not asked for, or not in order")
            expected.content += content
            if len(expected.content) < size:
                return
            del self._expected[sensor]
        self._answered(sensor, whole(value, bytes(expected.content)))

    async def leave(self, sensor: str) -> None:
        with self._lock:
            expected = self._expected.pop(sensor, None)
        if expected is not None:
            self._answered(sensor, Answer(expected.order, left=True))


def place_of(value: Any) -> tuple[str, int, int]:
    """Order, offset and size of a piece. Raises InboxError."""
    try:
        order, offset, size = value["id"], value["offset"], value["size"]
    except (TypeError, KeyError):
        raise InboxError("packets without their place") from None
    if type(order) is not str or type(offset) is not int or type(size) is not int or offset < 0:
        raise InboxError("packets without their place")
    return order, offset, size


def whole(value: Any, pcap: bytes) -> Answer:
    """Raises InboxError when it is not what the sensor says it is."""
    count, complete, reason = (value.get(name) for name in ("count", "complete", "reason"))
    if type(count) is not int or count < 0 or type(complete) is not bool or reason not in REASONS:
        raise InboxError("packets without their description")
    if hashlib.sha256(pcap).hexdigest() != value.get("sha256") or not pcap.startswith(PCAP_HEADER):
        raise InboxError("packets that are not what their hash says, or no capture")
    return Answer(value["id"], pcap, count, complete, str(reason))
