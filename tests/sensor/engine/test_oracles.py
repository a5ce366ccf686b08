"""tshark and scapy count the packets of every conversation of a capture; so do our flow records."""

import json
import subprocess
import sys
from collections import Counter
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import events_of

# Plain TCP and UDP, both address families, VLAN, cooked, raw and loopback links; no tunnels, no fragments.
CAPTURES = (
    "community-id-spec/pcap/pcaps/tcp.pcap",
    "community-id-spec/pcap/pcaps/udp.pcap",
    "community-id-spec/pcap/pcaps/ipv6.pcap",
    "ja4/pcap/sshv1.pcap",
    "nDPI/pcap/dropbox.pcap",
    "arkime/pcap/dns-update.pcap",
    "arkime/pcap/dns-https.pcap",
    "suricata-verify/pcap/ethernet-eve/test.pcap",
    "zeek/pcap/dns/dns-binds.pcap",
)
ORACLE = Path(__file__).with_name("oracle_scapy.py")

# protocol, sender, receiver, sender's port, receiver's port → packets
Counts = Counter[tuple[str, str, str, int, int]]


def ours(path: Path) -> Counts:
    counts: Counts = Counter()
    for event in events_of(path):
        if event["event"]["dataset"] == "starwatch.flow" and event["network"]["transport"] in ("tcp", "udp"):
            ends = event["source"], event["destination"]
            for sender, receiver in (ends, ends[::-1]):
                if sender["packets"]:
                    name = event["network"]["transport"]
                    key = name, sender["ip"], receiver["ip"], sender["port"], receiver["port"]
                    counts[key] += sender["packets"]
    return counts


def scapys(path: Path) -> Counts:
    done = subprocess.run(
        [sys.executable, str(ORACLE), str(path)], check=True, capture_output=True, text=True
    )
    counts: Counts = Counter()
    for name, source, destination, source_port, destination_port, packets in json.loads(done.stdout):
        ends = str(ip_address(source)), str(ip_address(destination))
        counts[name, *ends, source_port, destination_port] += packets
    return counts


def tsharks(path: Path) -> Counts:
    fields = (
        "ip.src",
        "ipv6.src",
        "ip.dst",
        "ipv6.dst",
        "tcp.srcport",
        "tcp.dstport",
        "udp.srcport",
        "udp.dstport",
    )
    wanted = [option for field in fields for option in ("-e", field)]
    # An ICMP error quotes the ports of the packet it answers.
    own = "not icmp and not icmpv6"
    command = ["tshark", "-n", "-r", str(path), "-Y", own, "-T", "fields", "-E", "occurrence=f", *wanted]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    counts: Counts = Counter()
    for line in done.stdout.splitlines():
        v4_source, v6_source, v4_destination, v6_destination, *ports = line.split("\t")
        source, destination = v4_source or v6_source, v4_destination or v6_destination
        name, numbers = ("tcp", ports[:2]) if ports[0] else ("udp", ports[2:])
        if source and numbers[0]:
            counts[name, source, destination, int(numbers[0]), int(numbers[1])] += 1
    return counts


@pytest.mark.parametrize("name", CAPTURES)
def test_scapy_counts_the_same_packets(name: str) -> None:
    path = corpus("pcap", name)
    assert ours(path) == scapys(path)


@pytest.mark.parametrize("name", CAPTURES)
def test_tshark_counts_the_same_packets(name: str) -> None:
    path = corpus("pcap", name)
    assert ours(path) == tsharks(path)
