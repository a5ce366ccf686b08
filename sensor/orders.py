"""What a sensor obeys. An order it does not know is refused, never guessed at; one that asks too much likewise."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from ipaddress import ip_address
from typing import Any

from sensor.errors import OrderError

ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
EPOCH = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")
MAX_FLOWS = 64
"""Conversations in one request: an alert names ten events."""
MAX_BYTES = 64 << 20
"""Of one slice: it is held in memory on both sides."""
MAX_NUMBER = 1 << 62
SIDES = ("both", "source", "destination")


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer at once with the same id; changes nothing, so there is nothing to undo."""

    id: str

    kind = "ping"

    def __post_init__(self) -> None:
        check_id(self.id)


@dataclass(frozen=True, slots=True)
class FlowRequest:
    """One conversation. Ports 0 and 0: whatever the ports; protocol 0: whatever the protocol."""

    source: str
    destination: str
    source_port: int
    destination_port: int
    protocol: int

    def __post_init__(self) -> None:
        for address in (self.source, self.destination):
            check_address(address)
        for name, most in (("source_port", 65_535), ("destination_port", 65_535), ("protocol", 255)):
            check_number(name, getattr(self, name), 0, most)


@dataclass(frozen=True, slots=True)
class PacketRequest:
    """Packets of an epoch between two moments of the packet clock. No flows: every packet. max_bytes: of the pcap."""

    epoch: str
    first_ns: int
    last_ns: int
    flows: tuple[FlowRequest, ...]
    sides: str
    max_bytes: int

    def __post_init__(self) -> None:
        if not isinstance(self.epoch, str) or not EPOCH.match(self.epoch):
            raise OrderError("epoch: 1 to 128 letters, digits, dots, dashes or underscores")
        check_number("first_ns", self.first_ns, -MAX_NUMBER, MAX_NUMBER)
        check_number("last_ns", self.last_ns, self.first_ns, MAX_NUMBER)
        if len(self.flows) > MAX_FLOWS:
            raise OrderError(f"flows: at most {MAX_FLOWS}")
        if self.sides not in SIDES:
            raise OrderError(f"sides: one of {', '.join(SIDES)}")
        check_number("max_bytes", self.max_bytes, 1, MAX_BYTES)


@dataclass(frozen=True, slots=True)
class Packets:
    """Cut packets out of the ring, or out of the capture file of the epoch; changes nothing."""

    id: str
    request: PacketRequest

    kind = "packets"

    def __post_init__(self) -> None:
        check_id(self.id)


Order = Ping | Packets


def encode_order(order: Order) -> str:
    return json.dumps({"order": {"kind": order.kind, **asdict(order)}})


def parse_order(value: Any) -> Order:
    """The order in the `order` member of a message; OrderError when the sensor does not obey such a one."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == Ping.kind:
        return Ping(id=value.get("id", ""))
    if kind == Packets.kind:
        return Packets(value.get("id", ""), parse_request(value.get("request")))
    raise OrderError("this sensor does not obey such an order")


def parse_request(value: Any) -> PacketRequest:
    """Raises OrderError for a member that is missing, unknown or wrong."""
    members = exactly(PacketRequest, value)
    flows = members.pop("flows")
    if not isinstance(flows, list):
        raise OrderError("flows: a list")
    parsed = tuple(FlowRequest(**exactly(FlowRequest, flow)) for flow in flows[: MAX_FLOWS + 1])
    return PacketRequest(**members, flows=parsed)


def exactly(shape: type[Any], value: Any) -> dict[str, Any]:
    """The members of `value` when they are the fields of `shape`, no more and no less."""
    names = {field.name for field in fields(shape)}
    if not isinstance(value, Mapping) or set(value) != names:
        raise OrderError(f"expected an object with {', '.join(sorted(names))}")
    return dict(value)


def check_id(value: Any) -> None:
    if not isinstance(value, str) or not ORDER_ID.match(value):
        raise OrderError("the order has no usable id")


def check_address(value: Any) -> None:
    try:
        # A number would be taken for an address, a zone is this machine's own.
        ip_address(value if isinstance(value, str) and "%" not in value else "")
    except ValueError as fault:
        raise OrderError(f"address: {fault}") from fault


def check_number(name: str, value: Any, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise OrderError(f"{name}: a number from {least} to {most}")
