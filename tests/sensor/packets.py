"""Folders, and small captures made here, byte by byte: nanosecond pcap of UDP datagrams over Ethernet."""

import struct
from collections.abc import Iterable
from pathlib import Path

NANOSECOND_MAGIC = 0xA1B23C4D
ETHERNET = 1
SECOND_NS = 1_000_000_000


def capture_of(path: Path, times_ns: Iterable[int], *, flows: int = 1) -> Path:
    """One datagram for each time; `flows` different source ports in turn."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", NANOSECOND_MAGIC, 2, 4, 0, 0, 65_535, ETHERNET))
        for number, time_ns in enumerate(times_ns):
            frame = datagram(20_000 + number % flows)
            file.write(struct.pack("<IIII", *divmod(time_ns, SECOND_NS), len(frame), len(frame)) + frame)
    return path


def datagram(source_port: int, payload: bytes = b"payload") -> bytes:
    """10.0.0.1 to 10.0.0.2 port 9, checksums right (UDP's is absent, which IPv4 allows)."""
    udp = struct.pack(">HHHH", source_port, 9, 8 + len(payload), 0) + payload
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    )
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return bytes(6) + bytes(5) + b"\x01" + b"\x08\x00" + head + udp


def checksum(data: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def names(folder: Path) -> list[str]:
    """What lies in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())
