"""Writes a capture of half-open connections: python make_half_open.py OUT COUNT. Stand-alone."""

import struct
import sys
from pathlib import Path

FILE_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)
PER_SECOND = 100_000


def syn(number: int) -> bytes:
    """A raw IP packet: one SYN from a host and port of its own."""
    source = 0x0B000000 + number // 50_000 + (number % 251) * 65_536
    address = struct.pack(">II", source, 0x0A000001 + number % 200)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, number & 0xFFFF, 0, 64, 6, 0) + address
    port = 1_024 + number % 50_000
    return ip + struct.pack(">HHIIBBHHH", port, 443, number, 0, 0x50, 2, 65_535, 0, 0)


def main(path: Path, count: int) -> None:
    with path.open("wb") as out:
        out.write(FILE_HEADER)
        for number in range(count):
            seconds, part = divmod(number, PER_SECOND)
            out.write(struct.pack("<IIII", seconds + 1, part * 10, 40, 40) + syn(number))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
