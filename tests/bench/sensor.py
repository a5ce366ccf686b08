"""Capture file → events on the throughput capture: packets/s, Gbit/s, CPU seconds, memory."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.corpus import corpus_root

GOAL_CPU_SECONDS = 2.5
GOAL_MEMORY_MB = 512
RUNS = 3
CHILD = """
import json, resource, sys, time
from sensor._native import CaptureFile, Decoder
from sensor.decode import FILE_BATCH
path, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
begun = time.perf_counter()
source = CaptureFile(path)
decoder = Decoder(sensor="bench", epoch="bench", threads=threads)
packets = octets = written = 0
while (frames := source.read(FILE_BATCH)) is not None:
    packets += frames.packets
    octets += frames.bytes
    if mode == "decode":
        written += len(decoder.decode(frames).ndjson)
if mode == "decode":
    written += len(decoder.finish().ndjson)
wall = time.perf_counter() - begun
use = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"packets": packets, "bytes": octets, "written": written, "wall": wall,
    "cpu": use.ru_utime + use.ru_stime, "rss_mb": use.ru_maxrss / 1024, "events": decoder.counters()["events"]}))
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
    """The median run by CPU seconds, the whole process."""
    runs: list[dict[str, float]] = []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path), mode, str(threads)],
            check=True,
            capture_output=True,
            text=True,
        )
        runs.append(json.loads(done.stdout))
    return sorted(runs, key=lambda run: run["cpu"])[RUNS // 2]


def figures(folder: Path) -> Iterator[Figure]:
    path = throughput_capture(folder)
    subprocess.run(["cat", str(path)], stdout=subprocess.DEVNULL, check=True)  # into the page cache
    floor, one = measure(path, "read"), measure(path, "decode")
    cores = min(2, os.cpu_count() or 1)
    many = measure(path, "decode", cores)
    gigabits = one["bytes"] * 8 / one["wall"] / 1e9
    limit = f"{floor['packets'] / floor['wall']:,.0f} (reading only)"
    yield Figure("sensor", "packets, one thread", one["packets"] / one["wall"], "packets/s", limit)
    yield Figure(
        "sensor", "traffic, one thread", gigabits, "Gbit/s", f"{floor['bytes'] * 8 / floor['wall'] / 1e9:.1f}"
    )
    yield Figure(
        "sensor",
        "CPU, one thread",
        one["cpu"],
        "s",
        f"{floor['cpu']:.2f} s (reading only)",
        f"≤ {GOAL_CPU_SECONDS} s with every protocol's logs",
        None,
    )
    yield Figure(
        "sensor", "memory", one["rss_mb"], "MB", "", f"≤ {GOAL_MEMORY_MB} MB", one["rss_mb"] <= GOAL_MEMORY_MB
    )
    yield Figure(
        "sensor", f"speed-up, {cores} threads", one["wall"] / many["wall"], "×", f"{cores}", "≥ 1.5 ×", None
    )
    yield Figure("sensor", "events", one["events"], "events")
