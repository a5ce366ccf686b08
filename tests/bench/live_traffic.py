"""The two ends of the live measurement, each its own process: `send INTERFACE PCAP RATE SECONDS`, `count INTERFACE`."""

import ctypes
import json
import mmap
import select
import signal
import socket
import struct
import sys
import time
from itertools import cycle
from pathlib import Path

BATCH = 64
"""Packets of a sendmmsg call; between calls the pace is kept."""
FRAMES = 50_000
SOL_PACKET, PACKET_RX_RING, PACKET_VERSION, PACKET_QDISC_BYPASS, TPACKET_V3 = 263, 5, 10, 20, 2
BLOCK, BLOCKS, FRAME, RETIRE_MS = 1 << 20, 64, 2048, 20
STATUS, COUNT = 8, 12


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    """struct mmsghdr: struct msghdr and the bytes sent."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(Vector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("sent", ctypes.c_uint),
    ]


def frames(path: Path) -> list[bytes]:
    """The first frames of a little-endian pcap."""
    with path.open("rb") as file:
        file.read(24)
        found: list[bytes] = []
        while len(found) < FRAMES and len(head := file.read(16)) == 16:
            found.append(file.read(struct.unpack_from("<I", head, 8)[0]))
    return [frame for frame in found if 14 <= len(frame) <= 9000]


def send(interface: str, path: str, rate: int, seconds: float) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    packets = frames(Path(path))
    batches = [packets[at : at + BATCH] for at in range(0, len(packets) - BATCH, BATCH)]
    vectors = [(Vector * BATCH)(*(Vector(frame, len(frame)) for frame in batch)) for batch in batches]
    calls = [messages(each) for each in vectors]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        sender.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        sent, begun = 0, time.perf_counter()
        for call in cycle(calls):
            now = time.perf_counter() - begun
            if now >= seconds:
                break
            if sent > now * rate:
                time.sleep(max(sent / rate - now, 0))
            done = library.sendmmsg(sender.fileno(), call, BATCH, 0)
            sent += max(done, 0)
        print(json.dumps({"packets": sent, "seconds": time.perf_counter() - begun}))


def messages(vectors: ctypes.Array[Vector]) -> ctypes.Array[Message]:
    made = (Message * BATCH)()
    for message, at in zip(made, range(BATCH), strict=True):
        message.vectors = ctypes.pointer(vectors[at])
        message.vector_count = 1
    return made


def count(interface: str) -> None:
    """Adds up what the kernel says each block holds; no byte of a packet is looked at."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as receiver:
        receiver.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
        request = struct.pack("7I", BLOCK, BLOCKS, FRAME, BLOCK // FRAME * BLOCKS, RETIRE_MS, 0, 0)
        receiver.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
        ring = mmap.mmap(receiver.fileno(), BLOCK * BLOCKS, mmap.MAP_SHARED)
        receiver.bind((interface, 3))
        print(json.dumps({"ready": "count"}), flush=True)
        packets = at = 0
        while not ended or struct.unpack_from("I", ring, at * BLOCK + STATUS)[0] & 1:
            if not struct.unpack_from("I", ring, at * BLOCK + STATUS)[0] & 1:
                select.select([receiver], [], [], RETIRE_MS / 1000)
                continue
            packets += struct.unpack_from("I", ring, at * BLOCK + COUNT)[0]
            struct.pack_into("I", ring, at * BLOCK + STATUS, 0)
            at = (at + 1) % BLOCKS
    print(json.dumps({"packets": packets}))


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
    else:
        count(sys.argv[2])
