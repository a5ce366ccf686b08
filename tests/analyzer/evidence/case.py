"""An alert in a fresh state, and pcaps that could be its packets."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from analyzer.state import AlertGroup, AlertRow

NOON = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
LIVE = "17979cfe362a0000-0badcafe"
FILE = "ab" * 32
HEADER = b"\x4d\x3c\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\x00\x00\x04\x00\x01\x00\x00\x00"


def pcap(packets: int, filler: int = 0) -> bytes:
    record = bytes([1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, filler, 2, 3, 4])
    return HEADER + record * packets


def event(number: int = 1, *, epoch: str = LIVE, port: int = 40_000, **more: Any) -> dict[str, Any]:
    return {
        "event": {"id": f"edge-1-{epoch}-{number}"},
        "starwatch": {"time_ns": NOON + number * SECOND},
        "source": {"ip": "10.0.0.1", "port": port},
        "destination": {"ip": "10.0.0.2", "port": 53},
        "network": {"transport": "udp", "iana_number": "17"},
        **more,
    }


def add_alert(db: Session, name: str = "a1", *, group: str = "", status: str = "open") -> AlertRow:
    group = group or f"group-{name}"
    db.add(
        AlertGroup(
            id=group,
            rule_id="r",
            rule={},
            severity=3,
            entities={},
            words="",
            status=status,
            count=1,
            alerts=1,
            first_ns=NOON,
            last_ns=NOON,
            seen_ns=NOON,
            score=1,
            latest=name,
        )
    )
    alert = AlertRow(
        id=name,
        group=group,
        rule_id="r",
        rule_version="1",
        position=1,
        opened_ns=NOON,
        last_ns=NOON,
        count=1,
        detail={"events": []},
        packet_ns=0,
        parsed_ns=0,
        matched_ns=0,
    )
    db.flush()
    db.add(alert)
    db.flush()
    return alert


def described(pcap_bytes: bytes, order: str, sha256: str, **changed: Any) -> Mapping[str, Any]:
    return {
        "id": order,
        "offset": 0,
        "size": len(pcap_bytes),
        "sha256": sha256,
        "count": (len(pcap_bytes) - len(HEADER)) // 20,
        "complete": True,
        "reason": "",
        **changed,
    }
