"""Answers orders for packets: one after the other, cut in a thread, sent in pieces between which events go first."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sensor._native import Wanted
from sensor.errors import CaptureError, OrderError
from sensor.orders import PacketRequest, Packets
from sensor.outbox.batch import pack

PIECE = 256 << 10
"""Bytes of a message: what a batch of events may have to wait for."""
MAX_WAITING = 32
"""Orders that wait for their turn; the analyzer asks for one at a time."""
CUT_SECONDS = 20.0
"""Longest search; then what was found is answered, and said to be incomplete."""

EMPTY = b"\x4d\x3c\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\x00\x00\x04\x00\x01\x00\x00\x00"
"""A pcap without packets: nanoseconds, version 2.4, 256 KiB a packet, Ethernet."""

log = logging.getLogger(__name__)


class Slice(Protocol):
    @property
    def pcap(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def reason(self) -> str: ...


Cut = Callable[[str, Wanted], Slice]
"""Cuts the packets of an epoch; runs in a thread, raises OSError or CaptureError."""


class PacketDesk:
    """The orders of one connection. send: one binary message to the analyzer."""

    def __init__(self, cut: Cut, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._cut = cut
        self._send = send
        self._orders: asyncio.Queue[Packets] = asyncio.Queue(MAX_WAITING)

    def take(self, order: Packets) -> None:
        """Raises OrderError when too many wait already."""
        try:
            self._orders.put_nowait(order)
        except asyncio.QueueFull:
            raise OrderError(f"{MAX_WAITING} orders for packets are waiting already") from None

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            order = await self._orders.get()
            try:
                slice_ = await asyncio.to_thread(self._cut, order.request.epoch, wanted(order.request))
            except (OSError, CaptureError) as fault:
                log.error("packets cannot be read", extra={"reason": str(fault)})
                slice_ = NoPackets("damaged")
            for message in messages(order.id, slice_):
                await self._send(message)


@dataclass(frozen=True, slots=True)
class NoPackets:
    """A slice without packets: damaged when they are there and cannot be read, absent when nothing is kept."""

    reason: str
    pcap: bytes = EMPTY
    count: int = 0
    complete: bool = False


def nothing_kept(_epoch: str, _wanted: Wanted) -> NoPackets:
    return NoPackets("absent")


def wanted(request: PacketRequest) -> Wanted:
    return Wanted(
        epoch=request.epoch,
        first_ns=request.first_ns,
        last_ns=request.last_ns,
        flows=[
            (flow.source, flow.destination, flow.source_port, flow.destination_port, flow.protocol)
            for flow in request.flows
        ],
        sides=request.sides,
        max_bytes=request.max_bytes,
        seconds=CUT_SECONDS,
    )


def messages(order: str, slice_: Slice) -> Iterator[bytes]:
    """The answer as binary messages; the last one is where offset and length reach size."""
    pcap = slice_.pcap
    about = {
        "size": len(pcap),
        "sha256": hashlib.sha256(pcap).hexdigest(),
        "count": slice_.count,
        "complete": slice_.complete,
        "reason": slice_.reason,
    }
    for offset in range(0, len(pcap), PIECE):
        meta = {"packets": {"id": order, "offset": offset, **about}}
        yield pack(json.dumps(meta).encode(), pcap[offset : offset + PIECE])
