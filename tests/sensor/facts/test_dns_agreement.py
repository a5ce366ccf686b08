"""A second opinion on every capture: Suricata's DNS events and ours, message by message, through the same table.

What differs: messages inside tunnels, PPPoE, MPLS and HTTP/2, which the sensor does not open yet; a query that is
NetBIOS by its content; an answer in a segment with a wrong checksum; and form, where Suricata has no name or data for
a type (CAA, HIP, HTTPS, TKEY, WKS), lists OPT among answers or prints a name's bytes with losses.
"""

import json
import subprocess
from collections import Counter, defaultdict
from functools import cache

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of
from tests.sensor.facts.table import load_table, walk

# What makes a message the same message: who, which, and what was asked and answered.
COMPARED = [
    "src_ip",
    "dest_ip",
    "src_port",
    "dest_port",
    "proto",
    "dns.type",
    "dns.id",
    "dns.flags",
    "dns.queries",
    "dns.answers",
]
FLOOR = 0.965


@cache
def reference() -> dict[str, list[Event]]:
    """Suricata 8.0.6's DNS events by capture."""
    path = corpus("pcap", "reference-suricata-8.0.6", "eve.jsonl.zst")
    text = subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
    found: dict[str, list[Event]] = defaultdict(list)
    for line in text.splitlines():
        if b'"event_type":"dns"' in line:
            event = json.loads(line)
            found[event["pcap"]].append(event)
    return dict(found)


def theirs(pcap: str) -> Counter[str]:
    return Counter(
        json.dumps([walk(event, f".{path}") for path in COMPARED], sort_keys=True)
        for event in reference()[pcap]
    )


def ours(pcap: str) -> Counter[str]:
    table = load_table()
    events = (
        event for event in events_of(corpus("pcap", pcap)) if event["event"]["dataset"] == "starwatch.dns"
    )
    return Counter(
        json.dumps([table.value(event, path) for path in COMPARED], sort_keys=True) for event in events
    )


@pytest.mark.corpus
def test_suricata_saw_the_same_messages(capsys: pytest.CaptureFixture[str]) -> None:
    lines, equal, total = [], 0, 0
    for pcap in sorted(reference()):
        mine, others = ours(pcap), theirs(pcap)
        equal += (mine & others).total()
        total += others.total()
        if mine != others:
            missing, more = (others - mine).total(), (mine - others).total()
            lines.append(f"  {missing:4} not in ours, {more:4} only in ours  {pcap}")
    summary = f"\nDNS messages of suricata: {equal / total:.2%} of {total} are the same in ours"
    with capsys.disabled():
        print("\n".join([summary, *lines]))
    assert equal >= FLOOR * total
