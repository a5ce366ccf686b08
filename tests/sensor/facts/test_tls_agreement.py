"""Second opinions on TLS: Suricata's event of every capture, field by field through the same table, and Zeek's log.

What differs from Suricata: handshakes whose segments were merged by the capturing host and carry a wrong checksum,
which Suricata was told to believe; names of a few attributes; JA4 of hellos without signature algorithms, which it
hashes against the specification; sessions resumed in TLS 1.3, which it does not see; a certificate of a connection
that it calls resumed; STARTTLS of POP3, which the sensor does not follow yet.

"""

import ipaddress
import json
import subprocess
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of
from tests.sensor.facts.table import load_table, walk

# Field of EVE: share of the events in which ours says the same, a little under what is reached.
FLOORS = {
    "tls.sni": 0.995,
    "tls.version": 0.975,
    "tls.ja3.hash": 0.995,
    "tls.ja3s.hash": 0.965,
    "tls.ja4": 0.77,
    "tls.client_alpns": 0.995,
    "tls.server_alpns": 0.985,
    "tls.fingerprint": 0.97,
    "tls.serial": 0.97,
    "tls.notbefore": 0.97,
    "tls.notafter": 0.97,
    "tls.subjectaltname": 0.97,
    "tls.issuerdn": 0.93,
    "tls.subject": 0.89,
    "tls.session_resumed": 0.93,
}
ZEEK_VERSIONS = {"1.0": "TLSv10", "1.1": "TLSv11", "1.2": "TLSv12", "1.3": "TLSv13"}


def ends(event: Event) -> frozenset[tuple[str, int]]:
    """Both ends of EVE's event, or of ours seen through the table."""
    return frozenset(
        (str(ipaddress.ip_address(event[f"{side}_ip"])), event[f"{side}_port"]) for side in ("src", "dest")
    )


def our_ends(event: Event) -> frozenset[tuple[str, int]]:
    return frozenset((event[side]["ip"], event[side]["port"]) for side in ("source", "destination"))


@cache
def reference() -> dict[str, list[Event]]:
    """Suricata 8.0.6's TLS events by capture."""
    path = corpus("pcap", "reference-suricata-8.0.6", "eve.jsonl.zst")
    text = subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
    found: dict[str, list[Event]] = defaultdict(list)
    for line in text.splitlines():
        if b'"event_type":"tls"' in line:
            event = json.loads(line)
            found[event["pcap"]].append(event)
    return dict(found)


def tls_events(*pcap: str) -> list[Event]:
    return [
        event for event in events_of(corpus("pcap", *pcap)) if event["event"]["dataset"] == "starwatch.tls"
    ]


def pairs(pcap: str) -> list[tuple[Event, Event | None]]:
    """Theirs and ours of the same connection, in order."""
    ours: dict[Any, list[Event]] = defaultdict(list)
    for event in tls_events(pcap):
        ours[our_ends(event)].append(event)
    return [
        (theirs, ours[ends(theirs)].pop(0) if ours[ends(theirs)] else None) for theirs in reference()[pcap]
    ]


@pytest.mark.corpus
def test_suricata_saw_the_same_handshakes(capsys: pytest.CaptureFixture[str]) -> None:
    table = load_table()
    compared = [pair for pcap in sorted(reference()) for pair in pairs(pcap)]
    equal: Counter[str] = Counter()
    for theirs, ours in compared:
        if ours is not None:
            equal.update(path for path in FLOORS if walk(theirs, f".{path}") == table.value(ours, path))
    total = len(compared)
    found = sum(ours is not None for _, ours in compared)
    shares = {path: equal[path] / total for path in FLOORS}
    lines = [f"  {share:7.2%}  {path}" for path, share in shares.items()]
    with capsys.disabled():
        print("\n".join([f"\nTLS events of suricata: {found} of {total} are in ours", *lines]))
    assert found >= 0.995 * total
    assert {path for path, share in shares.items() if share < FLOORS[path]} == set()


def zeek_rows(test: str) -> list[dict[str, str]]:
    lines = corpus("pcap", "zeek", "expected", test, "ssl.log").read_text(encoding="utf-8").splitlines()
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if not line.startswith("#")]


def as_zeek(event: Event) -> dict[str, str]:
    """The columns of ssl.log that both speak of."""
    tls = event["tls"]
    return {
        "id.orig_h": event["source"]["ip"],
        "version": ZEEK_VERSIONS[tls["version"]],
        "cipher": tls["cipher"],
        "curve": tls.get("curve", "-"),
        "server_name": tls["client"].get("server_name", "-"),
        "resumed": "T" if tls["resumed"] else "F",
        "last_alert": tls.get("alert", ["-"])[-1],
        "established": "T" if tls["established"] else "F",
        "leaf": tls["server"].get("hash", {}).get("sha256", "-").lower(),
    }


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("pcap", "test"),
    [
        ("certificate-request-failed", "scripts.policy.protocols.ssl.certificate-request-info"),
        ("ml-dsa-44-cert", "scripts.base.protocols.ssl.ml-dsa-44-cert"),
        ("tls13-ech", "scripts.base.protocols.ssl.tls13-encrypted-client-hello"),
    ],
)
def test_zeek_logged_the_same(pcap: str, test: str) -> None:
    ours = [as_zeek(event) for event in tls_events("zeek", "pcap", "tls", f"{pcap}.pcap")]
    theirs = [row | {"leaf": row["cert_chain_fps"].split(",")[0]} for row in zeek_rows(test)]
    assert ours == [{name: row[name] for name in each} for each, row in zip(ours, theirs, strict=True)]
