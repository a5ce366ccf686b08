"""Capture file → events on the throughput capture: packets/s, Gbit/s, CPU seconds, memory."""

import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.corpus import ROOT, corpus_root

GOAL_TIMES_LIMIT = 5.8
GOAL_TIMES_LIMIT_FILES = 8.2
GOAL_SPEED_UP = 1.5
GOAL_SPREAD = 2.0
GOAL_MEMORY_MB = 512
RUNS = 3
PACKETS = 3_000_000
PEER = "Suricata 8.0.6 elsewhere: 14 x, with files 18 x"
CHILD = """
import json, resource, sys, time
from pathlib import Path
from sensor._native import CaptureFile, Decoder
from sensor.decode import FILE_BATCH
from sensor.extract import Vault
path, mode, threads, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
begun = time.perf_counter()
source = CaptureFile(path)
decoder = Decoder(sensor="bench", epoch="bench", threads=threads, file_max=(64 << 20) if mode == "files" else 0)
vault = Vault(Path(folder), max_bytes=4 << 30) if mode == "files" else None
written = 0
def take(events):
    return len(vault.keep("bench", events) if vault else events.ndjson)
while (frames := source.read(FILE_BATCH)) is not None:
    if mode != "read":
        written += take(decoder.decode(frames))
if mode != "read":
    written += take(decoder.finish())
wall = time.perf_counter() - begun
use = resource.getrusage(resource.RUSAGE_SELF)
counters = decoder.counters()
print(json.dumps({"packets": counters["packets"], "bytes": counters["bytes"], "written": written, "wall": wall,
    "cpu": use.ru_utime + use.ru_stime, "rss_mb": use.ru_maxrss / 1024, "events": counters["events"]}))
"""


def throughput_capture(folder: Path) -> Path:
    """The capture the peers were measured on, built once (1.3 GB, byte-identical every time)."""
    path = folder / "throughput.pcap"
    if not path.exists():
        tool = corpus_root().parent / "tools" / "make-throughput-capture"
        if not tool.exists():
            raise FileNotFoundError(f"{tool}: the throughput capture is built from the shared corpus")
        subprocess.run([str(tool), str(path)], check=True)
    return path


def measure(path: Path, mode: str, threads: int = 1) -> dict[str, float]:
    """The median run by CPU seconds, the whole process. mode: read, decode, or files (decode, hash and store)."""
    runs: list[dict[str, float]] = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", CHILD, str(path), mode, str(threads), folder],
                check=True,
                capture_output=True,
                text=True,
            )
        runs.append(json.loads(done.stdout))
    return sorted(runs, key=lambda run: run["cpu"])[RUNS // 2]


def limit(path: Path) -> float:
    """CPU seconds of reading, parsing and counting flows, nothing else: the least a decoder could take."""
    target = cargo_target()
    build = ["cargo", "build", "--release", "--locked", "-q", "-p", "starwatch-stream", "--example", "limit"]
    subprocess.run(build, check=True, cwd=ROOT, env=target)
    binary = Path(target["CARGO_TARGET_DIR"]) / "release" / "examples" / "limit"
    return sorted(cpu_seconds([str(binary), str(path)]) for _ in range(RUNS))[RUNS // 2]


def cargo_target() -> dict[str, str]:
    default = Path.home() / ".cache" / "starwatch" / "target"
    return {**os.environ, "CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(default))}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of a child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def figures(folder: Path) -> Iterator[Figure]:
    path = throughput_capture(folder)
    subprocess.run(["cat", str(path)], stdout=subprocess.DEVNULL, check=True)  # into the page cache
    cores = min(2, os.cpu_count() or 1)
    least, one, stored, many = (
        limit(path),
        *(measure(path, *how) for how in (("decode",), ("files",), ("decode", cores))),
    )
    yield from costs(least, one, stored)
    yield Figure("sensor", "packets, one thread", one["packets"] / one["wall"], "packets/s")
    yield Figure("sensor", "traffic, one thread", one["bytes"] * 8 / one["wall"] / 1e9, "Gbit/s")
    yield Figure(
        "sensor",
        "memory",
        one["rss_mb"],
        "MB",
        "",
        f"<= {GOAL_MEMORY_MB} MB",
        one["rss_mb"] <= GOAL_MEMORY_MB,
    )
    gain = one["wall"] / many["wall"]
    yield Figure(
        "sensor",
        f"speed-up, {cores} threads",
        gain,
        "x",
        f"{cores}",
        f">= {GOAL_SPEED_UP}",
        gain >= GOAL_SPEED_UP,
    )
    yield Figure("sensor", "events", one["events"], "events")
    yield from flow_counts(folder)


def costs(least: float, one: dict[str, float], stored: dict[str, float]) -> Iterator[Figure]:
    for what, run, goal in (
        ("CPU, all logs", one, GOAL_TIMES_LIMIT),
        ("CPU, files stored and hashed", stored, GOAL_TIMES_LIMIT_FILES),
    ):
        times = run["cpu"] / least
        yield Figure("sensor", what, run["cpu"], "s", f"{least:.2f} s")
        yield Figure(
            "sensor", f"{what}, against the limit", times, "x", "1", f"<= {goal} ({PEER})", times <= goal
        )


def flow_counts(folder: Path) -> Iterator[Figure]:
    """Cost of a packet with few flows and with a million."""
    costs = {flows: packet_cost(folder, flows) for flows in (1_000, 1_000_000)}
    spread = costs[1_000_000] / costs[1_000]
    yield Figure(
        "sensor",
        "packet's cost, 10^6 flows against 10^3",
        spread,
        "x",
        "",
        f"<= {GOAL_SPREAD}",
        spread <= GOAL_SPREAD,
    )


def packet_cost(folder: Path, flows: int) -> float:
    """Seconds a packet of `flows` UDP conversations that take turns."""
    path = folder / f"flows-{flows}.pcap"
    if not path.exists():
        path.write_bytes(b"".join(conversations(flows, PACKETS)))
    run = measure(path, "decode")
    return run["cpu"] / run["packets"]


def conversations(flows: int, packets: int) -> Iterator[bytes]:
    """A pcap: one datagram of each conversation in turn."""
    yield struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number in range(packets):
        flow = number % flows
        source = struct.pack("!I", 0x0A000000 + flow)
        udp = struct.pack("!HHHH", 40000, 9999, 8 + 64, 0) + bytes(64)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + source + b"\x0a\xff\xff\x01"
        frame = bytes(12) + b"\x08\x00" + ip + udp
        yield struct.pack("<IIII", 1_700_000_000, number % 1_000_000, len(frame), len(frame)) + frame
