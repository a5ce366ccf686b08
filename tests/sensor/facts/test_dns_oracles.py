"""scapy and tshark decode the same DNS: independent readers of the same bytes agree with our events."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of

SCAPY = Path(__file__).with_name("oracle_scapy.py")

CAPTURES = [
    "ja4/pcap/sshv1.pcap",
    "arkime/pcap/dns-wiresharkrepo.pcap",
    "zeek/pcap/dns/long-connection.pcap",
    "suricata-verify/pcap/decode-teredo-01/input.pcap",
    "suricata-verify/pcap/pcaps/20250224-dns-additionals-with-cname.pcap",
    "nDPI/pcap/dropbox.pcap",
]
# With DNS over TCP, TSIG and TKEY; scapy's datagram walk does not see TCP.
TSHARK_CAPTURES = [*CAPTURES, "mercury/pcap/unit_tests/pcaps/emix.pcap"]

NUMBERS = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28, "LOC": 29,
    "SRV": 33, "TKEY": 249, "TSIG": 250, "ANY": 255,
}  # fmt: skip
SECTIONS = ("answers", "authorities", "additionals")
OPT = 41

TSHARK_FIELDS: dict[str, Callable[[Event], list[Any]]] = {
    "dns.id": lambda dns: [int(dns["id"])],
    "dns.flags": lambda dns: [dns["flags"]],
    "dns.qry.name": lambda dns: [dns["question"]["name"]] if "question" in dns else [],
    "dns.qry.type": lambda dns: [NUMBERS[dns["question"]["type"]]] if "question" in dns else [],
    "dns.resp.type": lambda dns: (
        [NUMBERS[record["type"]] for record in records(dns)] + [OPT] * ("edns" in dns)
    ),
    "dns.a": lambda dns: data(dns, "A"),
    "dns.aaaa": lambda dns: data(dns, "AAAA"),
    "dns.ns": lambda dns: data(dns, "NS"),
    "dns.cname": lambda dns: data(dns, "CNAME"),
    "dns.ptr.domain_name": lambda dns: data(dns, "PTR"),
    "dns.mx.mail_exchange": lambda dns: [text.split(" ")[1] for text in data(dns, "MX")],
    "dns.srv.target": lambda dns: [text.split(" ")[3] for text in data(dns, "SRV")],
    "dns.soa.mname": lambda dns: [text.split(" ")[0] for text in data(dns, "SOA")],
    "dns.soa.serial_number": lambda dns: [int(text.split(" ")[2]) for text in data(dns, "SOA")],
}


def dns_events(pcap: str, *transports: str) -> Iterator[Event]:
    for event in events_of(corpus("pcap", pcap)):
        if event["event"]["dataset"] == "starwatch.dns" and event["network"]["transport"] in transports:
            yield event


def records(dns: Event) -> Iterator[Any]:
    for section in SECTIONS:
        yield from dns.get(section, [])


def data(dns: Event, kind: str) -> list[str]:
    """Data of the records of a type; an update's deletions have none."""
    return [record["data"] for record in records(dns) if record["type"] == kind and record["data"]]


def as_scapy(dns: Event) -> dict[str, Any]:
    """One of our events in the form oracle_scapy.py prints."""
    question = dns.get("question")
    return {
        "id": int(dns["id"]),
        "answer": dns["type"] == "answer",
        "opcode": dns["flags"] >> 11 & 15,
        "name": question and question["name"],
        "type": question and NUMBERS[question["type"]],
        "counts": [dns["answers_count"], dns["authorities_count"], dns["additionals_count"]],
        "records": [
            [
                NUMBERS[record["type"]],
                record["ttl"],
                record["data"] if record["type"] in ("A", "AAAA") else "",
            ]
            for record in records(dns)
        ],
    }


@pytest.mark.corpus
@pytest.mark.parametrize("pcap", CAPTURES)
def test_scapy_reads_the_same_messages(pcap: str) -> None:
    command = [sys.executable, str(SCAPY), str(corpus("pcap", pcap))]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    ours = [as_scapy(event["dns"]) for event in dns_events(pcap, "udp")]
    assert ours
    assert ours == [json.loads(line) for line in lines]


@pytest.mark.corpus
@pytest.mark.parametrize("pcap", TSHARK_CAPTURES)
def test_tshark_reads_the_same_fields(pcap: str) -> None:
    theirs = tshark(corpus("pcap", pcap))
    ours: dict[str, Counter[object]] = {field: Counter() for field in TSHARK_FIELDS}
    for event in dns_events(pcap, "udp", "tcp"):
        for field, values in TSHARK_FIELDS.items():
            ours[field].update(values(event["dns"]))
    assert ours["dns.id"]
    assert ours == theirs


def tshark(path: Path) -> dict[str, Counter[object]]:
    """Every value of each field, over all DNS messages of the capture."""
    options = ["-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "separator=/t"]
    only_dns = ["-Y", "dns && !mdns && !llmnr && !nbns && !icmp && !icmpv6"]
    wanted = [part for field in TSHARK_FIELDS for part in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), *only_dns, *options, *wanted]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found: dict[str, Counter[object]] = {field: Counter() for field in TSHARK_FIELDS}
    for line in lines:
        for field, cell in zip(TSHARK_FIELDS, line.split("\t"), strict=True):
            found[field].update(tshark_value(text) for text in cell.split("|") if text)
    return found


def tshark_value(text: str) -> object:
    if text == "<Root>":
        return "."
    return int(text, 0) if text.isdigit() or text.startswith("0x") else text
