"""A batch of events between the sensor and the analyzer: what its meta says, and how it lies in a message."""

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

MAX_PAYLOAD = 4 << 20
"""Bytes of NDJSON the sensor puts into one batch."""
MAX_UNPACKED = 16 << 20
"""Bytes a batch may unpack to. Only a single giant event passes MAX_PAYLOAD; more than this is an attack."""
MAX_META = 4 << 10
"""Bytes of meta in a message: five short members."""
MAX_MESSAGE = MAX_UNPACKED + (64 << 10)
"""Bytes of a message: a frame is never noticeably longer than its content."""
WINDOW_BATCHES = 64
"""Batches a sensor may have sent without an acknowledgement; the analyzer has room for exactly that."""
WINDOW_BYTES = 16 << 20
"""The same in bytes. One batch may always be under way, however large."""
MAX_COUNT = 1 << 24
MAX_NUMBER = 1 << 62
EPOCH = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")
LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class BatchMeta:
    """epoch, sequence: number of the first event in its epoch; count: events, at least one.

    packet: packet clock of the last packet; parsed: wall clock when written; both ns, both 0 for files.
    """

    epoch: str
    sequence: int
    count: int
    packet: int = 0
    parsed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.epoch, str) or not EPOCH.match(self.epoch):
            raise ValueError("epoch: 1 to 128 letters, digits, dots, dashes or underscores")
        for name in ("sequence", "count", "packet", "parsed"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_NUMBER:
                raise ValueError(f"{name}: a number from 0 to 2^62")
        if not 1 <= self.count <= MAX_COUNT:
            raise ValueError(f"count: 1 to {MAX_COUNT}")

    @property
    def end(self) -> int:
        """Number of the event after the last one."""
        return self.sequence + self.count

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def decode(cls, meta: bytes) -> Self:
        """From JSON that may hold more members. Raises ValueError when it is not such a meta."""
        value = json.loads(meta)
        if not isinstance(value, dict):
            raise ValueError("the meta is not an object")
        return cls.of(value)

    @classmethod
    def of(cls, value: dict[str, Any]) -> Self:
        """Raises ValueError for a missing or wrong member."""
        try:
            return cls(**{field.name: value[field.name] for field in fields(cls)})
        except KeyError as missing:
            raise ValueError(f"the meta has no {missing.args[0]}") from None


def pack(meta: bytes, frame: bytes) -> bytes:
    """Binary message: u32 big-endian length of meta, meta, frame."""
    return len(meta).to_bytes(LENGTH_BYTES, "big") + meta + frame


def unpack(message: bytes) -> tuple[bytes, bytes]:
    """Meta and frame of a message. Raises ValueError when the lengths do not fit."""
    length = int.from_bytes(message[:LENGTH_BYTES], "big")
    start = LENGTH_BYTES + length
    if len(message) <= start or length > MAX_META:
        raise ValueError("the message is shorter than its meta, or its meta is too long")
    return message[LENGTH_BYTES:start], message[start:]


def without_first(ndjson: bytes, lines: int) -> bytes:
    """The lines after the first `lines` ones."""
    start = 0
    for _ in range(lines):
        start = ndjson.index(b"\n", start) + 1
    return ndjson[start:]
