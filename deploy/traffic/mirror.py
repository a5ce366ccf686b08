# SPDX-License-Identifier: GPL-2.0-only
"""How switches and clouds carry mirrored frames to a sensor that is not on the wire."""

from collections.abc import Callable

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

SWITCH, SENSOR = "192.0.2.1", "192.0.2.2"
VNI = 4242
ERSPAN_II = 0x88BE


def carried() -> Packet:
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=SWITCH, dst=SENSOR)


def vxlan(frame: Packet, number: int) -> Packet:
    """RFC 7348; the source port spreads flows over links."""
    return carried() / UDP(sport=49152 + number % 1024, dport=4789) / VXLAN(vni=VNI, flags="Instance") / frame


def erspan(frame: Packet, number: int) -> Packet:
    """ERSPAN type II: GRE with a sequence number, then version 1, VLAN 0, session 7, index 1."""
    header = bytes.fromhex("1000000700000001")
    gre = GRE(proto=ERSPAN_II, seqnum_present=1, sequence_number=number % 2**32)
    return carried() / gre / Raw(header + bytes(frame))


TUNNELS: dict[str, Callable[[Packet, int], Packet]] = {"vxlan": vxlan, "erspan": erspan}
