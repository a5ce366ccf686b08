"""Flows of ours and of two oracles in one shape, and how far they agree."""

import gzip
import ipaddress
import json
import struct
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.corpus import corpus

Event = Mapping[str, Any]
Endpoint = tuple[str, int]

# Bytes in front of the IP header by libpcap link type; other link types leave the byte counts uncompared.
# PPP (9): its address and control, two bytes more, may be left out and count as padding.
LINK_BYTES = {0: 4, 1: 14, 9: 2, 12: 0, 101: 0, 104: 4, 113: 16, 228: 0, 229: 0, 276: 20}
VLAN_TAG_BYTES = 4
# An Ethernet frame carries at least 46 bytes (IEEE 802.3 3.2.7); shorter packets are padded up to it.
MAX_PADDING = 46
TUNNELS = {"gre", "ipv4", "ipv6"}
# GTP-U, Teredo, VXLAN (two ports in use), CAPWAP data, Geneve.
TUNNEL_PORTS = {2152, 3544, 4789, 5247, 6081, 8472}
SECTION_HEADER = 0x0A0D0D0A
INTERFACE = 1

EVE_TRANSPORT = {"IPv6-ICMP": "ipv6-icmp", "IP-in-IP": "ipv4", "IPv6": "ipv6"}
NDPI_TRANSPORT = {"ICMPV6": "ipv6-icmp"}


@dataclass(frozen=True)
class Flow:
    """client, server: (address, port), port 0 without ports. packets, bytes: from the client, from the server.

    bytes: None where the oracle's count cannot be compared. community_id: "" where the oracle gives none.
    inside: an IP packet carried it, so the capture's link header is not before its own. An inner frame's Ethernet
    header, which Suricata counts for some tunnels and not for others, is no more than padding may be.
    """

    transport: str
    client: Endpoint
    server: Endpoint
    packets: tuple[int, int]
    bytes: tuple[int, int] | None
    community_id: str
    link_bytes: int = 0
    inside: bool = False

    @property
    def key(self) -> tuple[str, frozenset[Endpoint]]:
        return self.transport, frozenset({self.client, self.server})

    @property
    def is_tunnel(self) -> bool:
        """Whether its packets carry packets: by protocol, or by the well-known port."""
        carrier = {self.client[1], self.server[1]} & TUNNEL_PORTS
        return self.transport in TUNNELS or (self.transport == "udp" and bool(carrier))

    def turned(self) -> "Flow":
        """The same flow with client and server exchanged."""
        return replace(
            self,
            client=self.server,
            server=self.client,
            packets=self.packets[::-1],
            bytes=self.bytes and self.bytes[::-1],
        )


def our_flows(events: Iterable[Event]) -> Iterator[Flow]:
    for event in events:
        if event["event"]["dataset"] == "starwatch.flow":
            yield _ours(event)


def _ours(event: Event) -> Flow:
    source, destination, network = event["source"], event["destination"], event["network"]
    tags = ("vlan" in network) + ("outer_vlan" in network)
    return Flow(
        transport=network["transport"],
        client=_endpoint(source["ip"], source.get("port", 0)),
        server=_endpoint(destination["ip"], destination.get("port", 0)),
        packets=(source["packets"], destination["packets"]),
        bytes=(source["bytes"], destination["bytes"]),
        community_id=network.get("community_id", ""),
        link_bytes=tags * VLAN_TAG_BYTES,
        inside="source" in event.get("tunnel", {}),
    )


@cache
def eve_flows() -> dict[str, list[Flow]]:
    """Suricata 8.0.6's flows by capture. Its bytes are whole frames."""
    path = corpus("pcap", "reference-suricata-8.0.6", "eve.jsonl.zst")
    text = subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
    flows: dict[str, list[Flow]] = defaultdict(list)
    for line in text.splitlines():
        if b'"event_type":"flow"' in line:
            event = json.loads(line)
            flows[event["pcap"]].append(_eve(event))
    return dict(flows)


def _eve(event: Event) -> Flow:
    counts = event["flow"]
    return Flow(
        transport=EVE_TRANSPORT.get(event["proto"], event["proto"].lower()),
        client=_endpoint(event["src_ip"], event.get("src_port", 0)),
        server=_endpoint(event["dest_ip"], event.get("dest_port", 0)),
        packets=(counts["pkts_toserver"], counts["pkts_toclient"]),
        bytes=(counts["bytes_toserver"], counts["bytes_toclient"]),
        community_id=event.get("community_id", ""),
    )


@cache
def ndpi_flows() -> dict[str, list[Flow]]:
    """nDPI's flows by capture. Its bytes are whole frames."""
    flows: dict[str, list[Flow]] = defaultdict(list)
    for line in corpus("pcap", "nDPI", "expected", "flows.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        flows[row["pcap"]].append(_ndpi(row))
    return dict(flows)


def _ndpi(row: Mapping[str, Any]) -> Flow:
    return Flow(
        transport=NDPI_TRANSPORT.get(row["l4"], row["l4"].lower()),
        client=_endpoint(_ndpi_address(row["src"]), row["sport"]),
        server=_endpoint(_ndpi_address(row["dst"]), row["dport"]),
        packets=(row["src_pkts"], row["dst_pkts"]),
        bytes=(row["src_bytes"], row["dst_bytes"]),
        community_id="",
    )


def _ndpi_address(text: str) -> str:
    """nDPI shortens every zero group of an IPv6 address, `::` may stand twice: all but the last are one group."""
    return text.replace("::", ":0:", text.count("::") - 1)


def _endpoint(address: str, port: int) -> Endpoint:
    return ipaddress.ip_address(address).exploded, port


@cache
def link_bytes(path: Path) -> int | None:
    """Bytes of the link header in a capture's frames, from its first link type; None when not known."""
    opener = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else Path.open
    with opener(path, "rb") as file:
        head = file.read(4_096)
    order = "<" if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    if struct.unpack(">I", head[:4])[0] == SECTION_HEADER:
        return _pcapng_link_bytes(head)
    return LINK_BYTES.get(struct.unpack(f"{order}I", head[20:24])[0] & 0xFFFF)


def _pcapng_link_bytes(head: bytes) -> int | None:
    order = "<" if head[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    length = struct.unpack(f"{order}I", head[4:8])[0]
    if len(head) < length + 10 or struct.unpack(f"{order}I", head[length : length + 4])[0] != INTERFACE:
        return None
    return LINK_BYTES.get(struct.unpack(f"{order}H", head[length + 8 : length + 10])[0])


def differences(ours: Sequence[Flow], theirs: Iterable[Flow], link: int | None) -> Iterator[str]:
    """One word for each flow of theirs: how ours differs, `equal` or `padding` where it does not.

    Flows of one key are compared one by one; where their numbers differ, as one sum: a conversation may be cut
    into flows in more than one way.
    """
    mine, others = _by_key(ours), _by_key(theirs)
    absent = "missing, in a tunnel" if any(flow.is_tunnel for flow in ours) else "missing"
    for key, group in others.items():
        own = mine.get(key, [])
        if not own:
            yield from [absent] * len(group)
        elif len(own) == len(group):
            yield from (difference(a, b, link) for a, b in zip(_alike(own), _alike(group), strict=True))
        else:
            same = difference(_sum(own), _sum(group), link) in ("equal", "padding", "direction")
            yield from ["divided" if same else "divided, other counts"] * len(group)


def extra(ours: Iterable[Flow], theirs: Iterable[Flow]) -> int:
    """Flows of ours whose conversation the oracle does not know."""
    known = {flow.key for flow in theirs}
    return sum(flow.key not in known for flow in ours)


def difference(own: Flow, other: Flow, link: int | None) -> str:
    """The first thing in which two flows of one key differ."""
    if other.community_id.strip() and own.community_id != other.community_id:
        return "community id"
    word = _counts(own, other, link)
    if word in ("equal", "padding"):
        return word if own.client == other.client else "direction"
    turned = _counts(own, other.turned(), link)
    return "direction" if turned in ("equal", "padding") else word


def _counts(own: Flow, other: Flow, link: int | None) -> str:
    if own.packets != other.packets:
        return "more packets" if sum(own.packets) > sum(other.packets) else "fewer packets"
    if link is None or own.bytes is None or other.bytes is None:
        return "equal"
    header = own.link_bytes + (0 if own.inside else link)
    over = [
        theirs - packets * header - mine
        for mine, theirs, packets in zip(own.bytes, other.bytes, own.packets, strict=True)
    ]
    if over == [0, 0]:
        return "equal"
    padded = all(0 <= more <= MAX_PADDING * packets for more, packets in zip(over, own.packets, strict=True))
    return "padding" if padded else "bytes"


def _by_key(flows: Iterable[Flow]) -> dict[tuple[str, frozenset[Endpoint]], list[Flow]]:
    groups: dict[tuple[str, frozenset[Endpoint]], list[Flow]] = defaultdict(list)
    for flow in flows:
        groups[flow.key].append(flow)
    return groups


def _alike(flows: list[Flow]) -> list[Flow]:
    """In an order that puts like beside like, whatever order they ended in."""
    return sorted(flows, key=lambda flow: (flow.client, flow.packets, flow.bytes or (0, 0)))


def _sum(flows: list[Flow]) -> Flow:
    """One flow in the direction of the first, with all their Community IDs."""
    first = flows[0]
    alike = [flow if flow.client == first.client else flow.turned() for flow in flows]
    return replace(
        first,
        community_id=" ".join(sorted({flow.community_id for flow in flows})),
        packets=(sum(flow.packets[0] for flow in alike), sum(flow.packets[1] for flow in alike)),
        bytes=(
            sum(flow.bytes[0] for flow in alike if flow.bytes),
            sum(flow.bytes[1] for flow in alike if flow.bytes),
        ),
    )
