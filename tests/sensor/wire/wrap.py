"""Captured Ethernet frames put into tunnels, byte by byte."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

Wrap = Callable[[bytes], bytes]

ETHERNET = struct.Struct("!6s6sH")
NEAR, FAR = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
IPV4, IPV6 = 0x0800, 0x86DD
NETWORK_ID = 0x1234
PCAP_HEADER = struct.Struct("<IHHiIII")
RECORD = struct.Struct("<IIII")
PCAP_MICROSECONDS = 0xA1B2C3D4


def ethernet(ethertype: int, payload: bytes) -> bytes:
    return ETHERNET.pack(b"\2\0\0\0\0\x0b", b"\2\0\0\0\0\x0a", ethertype) + payload


def _sum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(protocol: int, payload: bytes) -> bytes:
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, NEAR, FAR)
    return head[:10] + struct.pack("!H", _sum(head)) + head[12:] + payload


def over_ip(protocol: int, payload: bytes) -> bytes:
    return ethernet(IPV4, ipv4(protocol, payload))


def over_udp(port: int, payload: bytes) -> bytes:
    return over_ip(17, struct.pack("!HHHH", 50_000, port, 8 + len(payload), 0) + payload)


def ethertype(frame: bytes) -> int:
    return int.from_bytes(frame[12:14], "big")


def erspan_2(frame: bytes) -> bytes:
    return over_ip(47, struct.pack("!HHIHHI", 0x1000, 0x88BE, 1, 0x1007, 0x0234, 0) + frame)


def erspan_3(frame: bytes) -> bytes:
    return over_ip(47, struct.pack("!HHIHHIHH", 0x1000, 0x22EB, 1, 0x2007, 0x0234, 9, 0, 0) + frame)


def vxlan(frame: bytes) -> bytes:
    return over_udp(4789, struct.pack("!II", 0x08000000, NETWORK_ID << 8) + frame)


def geneve(frame: bytes) -> bytes:
    return over_udp(6081, struct.pack("!BBHI", 0, 0, 0x6558, NETWORK_ID << 8) + frame)


def gre(frame: bytes) -> bytes:
    return over_ip(47, struct.pack("!HHI", 0x2000, ethertype(frame), NETWORK_ID) + frame[14:])


def ipip(frame: bytes) -> bytes:
    return over_ip(4 if ethertype(frame) == IPV4 else 41, frame[14:])


def mpls(frame: bytes) -> bytes:
    return ethernet(0x8847, struct.pack("!II", 17 << 12 | 64, 18 << 12 | 0x100 | 64) + frame[14:])


def pppoe(frame: bytes) -> bytes:
    protocol = 0x21 if ethertype(frame) == IPV4 else 0x57
    return ethernet(0x8864, struct.pack("!BBHHH", 0x11, 0, 9, len(frame) - 12, protocol) + frame[14:])


ALL: dict[str, Wrap] = {
    wrap.__name__: wrap for wrap in (erspan_2, erspan_3, vxlan, geneve, gre, ipip, mpls, pppoe)
}


def records(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Seconds, fraction and bytes of the whole IP frames of a little-endian Ethernet pcap."""
    data = path.read_bytes()
    magic, *_, link = PCAP_HEADER.unpack_from(data)
    if magic != PCAP_MICROSECONDS or link != 1:
        raise ValueError(f"{path} is no little-endian Ethernet pcap")
    at = PCAP_HEADER.size
    while at < len(data):
        seconds, fraction, captured, length = RECORD.unpack_from(data, at)
        frame = data[at + RECORD.size :][:captured]
        at += RECORD.size + captured
        if captured == length and ethertype(frame) in (IPV4, IPV6):
            yield seconds, fraction, frame


def write(path: Path, source: Path, wrap: Wrap) -> Path:
    """A capture of the wrapped frames of another."""
    with path.open("wb") as out:
        out.write(PCAP_HEADER.pack(PCAP_MICROSECONDS, 2, 4, 0, 0, 262_144, 1))
        for seconds, fraction, frame in records(source):
            wrapped = wrap(frame)
            out.write(RECORD.pack(seconds, fraction, len(wrapped), len(wrapped)) + wrapped)
    return path
