"""Which packets an alert wants: the conversations of its events, on the sensor and in the epoch that saw them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyzer.alerting.keys import event_ns, leaves
from analyzer.state import AlertRow, Evidence

EVENT_ID = re.compile(r"(?P<sensor>.+)-(?P<epoch>[0-9a-f]{64}|[0-9a-f]{16}-[0-9a-f]{8})-[0-9]+")
"""A file's epoch is its digest, a live one the moment of the start and a random part (sensor/runtime.py)."""
FILE_EPOCH_DIGITS = 64
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "ipv6-icmp": 58, "sctp": 132}
"""network.transport as events name it, for those without network.iana_number."""
MAX_FLOWS = 32
"""Conversations of one alert; an alert of a scan names thousands, and these show what it is like."""
SECOND = 1_000_000_000
BEFORE_NS = 600 * SECOND
"""A conversation that alerts began some time ago; silent for longer it would be another one (stream/flow.rs)."""
AFTER_NS = 60 * SECOND
"""What follows shows whether it worked; a conversation that goes on is asked for again."""
GROWN_NS = 10 * SECOND
"""An alert that grows is asked for again after so long, with everything that has come meanwhile."""
MAX_ASKS = 12
"""Requests for one alert on one sensor that growth may cause."""


@dataclass(frozen=True, slots=True)
class Flow:
    """As in sensor/orders.py, whose checks it passes by construction."""

    source: str
    destination: str
    source_port: int
    destination_port: int
    protocol: int


@dataclass(frozen=True, slots=True)
class Want:
    sensor: str
    epoch: str
    flow: Flow
    first_ns: int
    last_ns: int


def wants(events: Iterable[Mapping[str, Any]]) -> Iterator[Want]:
    """Of events that name a conversation and where it was seen; the others have no packets."""
    for event in events:
        seen = EVENT_ID.fullmatch(origin(event))
        flow = flow_of(event)
        if seen is None or flow is None:
            continue
        at = event_ns(event)
        moments = [at, *(it for it in (iso_ns(event, "event.start"), iso_ns(event, "event.end")) if it)]
        yield Want(seen["sensor"], seen["epoch"], flow, min(moments), max(moments))


def origin(event: Mapping[str, Any]) -> str:
    """Id of the event the sensor made: what YARA says of a file stands on the file's event."""
    found = next(leaves(event, "starwatch.file_event"), None) or next(leaves(event, "event.id"), "")
    return str(found)


def flow_of(event: Mapping[str, Any]) -> Flow | None:
    source, destination = (address(event, f"{end}.ip") for end in ("source", "destination"))
    if source is None or destination is None:
        return None
    ports = [port(event, f"{end}.port") for end in ("source", "destination")]
    return Flow(source, destination, ports[0], ports[1], protocol(event))


def address(event: Mapping[str, Any], name: str) -> str | None:
    try:
        return str(ip_address(str(next(leaves(event, name), "")).partition("%")[0]))
    except ValueError:
        return None


def port(event: Mapping[str, Any], name: str) -> int:
    value = next(leaves(event, name), 0)
    return value if type(value) is int and 0 <= value <= 65_535 else 0


def protocol(event: Mapping[str, Any]) -> int:
    number = next(leaves(event, "network.iana_number"), None)
    if isinstance(number, int | str) and str(number).isdecimal() and int(number) <= 255:
        return int(number)
    return PROTOCOLS.get(str(next(leaves(event, "network.transport"), "")), 0)


def iso_ns(event: Mapping[str, Any], name: str) -> int:
    try:
        moment = datetime.fromisoformat(str(next(leaves(event, name), "")))
        return int(moment.timestamp() * 1_000_000) * 1_000
    except (ValueError, OverflowError):
        return 0


def note(db: Session, alert: AlertRow, events: Iterable[Mapping[str, Any]], now_ns: int) -> None:
    """The alert's packets are to be asked for; in the transaction that counts the events, so none is forgotten."""
    rows: dict[tuple[str, str], Evidence] = {}
    for want in wants(events):
        key = (want.sensor, want.epoch)
        row = rows.get(key) or _found(db, alert.id, want) or _new(db, alert, want, now_ns)
        rows[key] = row
        _grow(row, want, now_ns)


def _found(db: Session, alert: str, want: Want) -> Evidence | None:
    return db.scalar(
        select(Evidence).where(
            Evidence.alert == alert, Evidence.sensor == want.sensor, Evidence.epoch == want.epoch
        )
    )


def _new(db: Session, alert: AlertRow, want: Want, now_ns: int) -> Evidence:
    row = Evidence(
        alert=alert.id,
        group=alert.group,
        sensor=want.sensor,
        epoch=want.epoch,
        flows=[],
        overflow=False,
        first_ns=want.first_ns,
        last_ns=want.last_ns,
        state="waiting",
        noted_ns=now_ns,
        due_ns=now_ns,
        asks=0,
        sha256="",
        bytes=0,
        packets=0,
        complete=False,
        reason="",
        requested_ns=0,
        obtained_ns=0,
    )
    db.add(row)
    return row


def _grow(row: Evidence, want: Want, now_ns: int) -> None:
    flow = asdict(want.flow)
    if flow in row.flows and row.first_ns <= want.first_ns and want.last_ns <= row.last_ns:
        return
    if flow not in row.flows and len(row.flows) == MAX_FLOWS:
        row.overflow = True
        return
    if flow not in row.flows:
        row.flows = [*row.flows, flow]
    row.first_ns = min(row.first_ns, want.first_ns)
    row.last_ns = max(row.last_ns, want.last_ns)
    if row.asks and not row.due_ns and row.asks < MAX_ASKS and row.state != "dropped":
        row.due_ns = now_ns + GROWN_NS
