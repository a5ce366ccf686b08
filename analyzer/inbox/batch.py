"""What arrives at the inbox, and what the pipeline gets from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.errors import InboxError
from sensor._native import frame_lines, frame_payload
from sensor.errors import LogError
from sensor.outbox.batch import MAX_UNPACKED, BatchMeta, unpack


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message of a sensor whose certificate was verified. received: ns since 1970; length: bytes of the message."""

    sensor: str
    meta: BatchMeta
    frame: bytes
    received: int
    length: int

    def check(self) -> None:
        check_frame(self)

    def payload(self) -> bytes:
        return frame_payload(self.frame, MAX_UNPACKED)


@dataclass(frozen=True, slots=True)
class OwnBatch:
    """One batch of events the analyzer made itself: it comes through no connection and lies in no frame yet."""

    sensor: str
    meta: BatchMeta
    ndjson: bytes
    received: int

    def check(self) -> None:
        lines = self.ndjson.count(b"\n")
        if lines != self.meta.count:
            raise InboxError(f"the batch claims {self.meta.count} events and has {lines} lines")

    def payload(self) -> bytes:
        return self.ndjson


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch for the pipeline. position: its index in the inbox; read on from position + 1.

    meta: `sensor`, `received` and the members of BatchMeta.
    fault: why its events cannot be had (then `ndjson` is empty); empty when all is well.
    """

    position: int
    meta: Mapping[str, Any]
    ndjson: bytes
    fault: str = ""


def parse_message(sensor: str, message: bytes | str, received: int) -> Arrival:
    """Raises InboxError when the message is no batch. The frame is looked at later, off the event loop."""
    if isinstance(message, str):
        raise InboxError("a batch is a binary message")
    try:
        meta, frame = unpack(message)
        return Arrival(sensor, BatchMeta.decode(meta), frame, received, len(message))
    except (ValueError, RecursionError) as fault:
        raise InboxError(f"this message is no batch: {fault}") from fault


def check_frame(arrival: Arrival) -> None:
    """Unpack once, in bounded memory: what is acknowledged can be read later, and has the events it claims."""
    try:
        lines = frame_lines(arrival.frame, MAX_UNPACKED)
    except LogError as fault:
        raise InboxError(str(fault)) from fault
    if lines != arrival.meta.count:
        raise InboxError(f"the batch claims {arrival.meta.count} events and has {lines} lines")
