"""TCP conversations as small captures: each turn one segment, acknowledged by the next."""

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sensor.packets import ETHERNET, NANOSECOND_MAGIC, checksum

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
FIN, SYN, PSH, ACK = 1, 2, 8, 16


@dataclass(frozen=True)
class Talk:
    """client, server: (address, port); the client opens. turns: (whether the client speaks, what it says)."""

    client: tuple[str, int]
    server: tuple[str, int]
    turns: Sequence[tuple[bool, bytes]]

    def frames(self) -> list[bytes]:
        """Handshake, turns, both ends."""
        sequence = {True: 1000, False: 2000}
        frames = [self._frame(True, sequence, SYN), self._frame(False, sequence, SYN | ACK)]
        frames.append(self._frame(True, sequence, ACK))
        frames += [self._frame(side, sequence, PSH | ACK, said) for side, said in self.turns]
        frames += [self._frame(side, sequence, FIN | ACK) for side in (False, True)]
        return frames

    def _frame(self, side: bool, sequence: dict[bool, int], flags: int, said: bytes = b"") -> bytes:
        (source, source_port), (target, port) = (
            (self.client, self.server) if side else (self.server, self.client)
        )
        acknowledged = sequence[not side] if flags & ACK else 0
        head = struct.pack(
            ">HHIIBBHHH", source_port, port, sequence[side], acknowledged, 0x50, flags, 65_535, 0, 0
        )
        sequence[side] += len(said) + bool(flags & (SYN | FIN))
        return ethernet(source, target, head, said)


def ethernet(source: str, target: str, tcp: bytes, said: bytes) -> bytes:
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    length = len(tcp) + len(said)
    pseudo = addresses + struct.pack(">BBH", 0, 6, length)
    summed = checksum(pseudo + tcp + said + bytes(length % 2))
    tcp = tcp[:16] + struct.pack(">H", summed) + tcp[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, 6, 0) + addresses
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return bytes(11) + b"\x01" + b"\x08\x00" + ip + tcp + said


def capture(path: Path, *talks: Sequence[bytes]) -> Path:
    """Frames one after the other, a millisecond apart."""
    frames = [frame for talk in talks for frame in talk]
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", NANOSECOND_MAGIC, 2, 4, 0, 0, 65_535, ETHERNET))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1, number * 1_000_000, len(frame), len(frame)) + frame)
    return path
