"""What keeping every packet costs beside decoding it: CPU of capture, ring and its writer, per packet."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.sensor import throughput_capture

GOAL_SHARE = 15.0
PACKETS = 700_000
RUNS = 3
CHILD = """
import json, resource, sys
from sensor._native import CaptureFile, Decoder, Ring
path, folder, packets, mode = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
source = CaptureFile(path)
ring = Ring(folder, epoch="bench", max_bytes=1 << 31)
decoder = Decoder(sensor="bench", epoch="bench", threads=1)
read = 0
while read < packets and (frames := source.read(4096)) is not None:
    read += frames.packets
    if mode == "ring":
        ring.write(frames)
    if mode == "decode":
        decoder.decode(frames)
ring.close()
use = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"packets": read, "cpu": use.ru_utime + use.ru_stime, "missed": ring.missed}))
"""


def measure(path: Path, mode: str) -> dict[str, Any]:
    """The median run."""
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            command = [sys.executable, "-c", CHILD, str(path), f"{folder}/ring", str(PACKETS), mode]
            runs.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
    return dict(sorted(runs, key=lambda run: run["cpu"])[RUNS // 2])


def figures(folder: Path) -> Iterator[Figure]:
    path = throughput_capture(folder)
    reading, ring, decoding = (measure(path, mode) for mode in ("read", "ring", "decode"))
    cost, whole = ring["cpu"] - reading["cpu"], decoding["cpu"] - reading["cpu"]
    share = 100 * cost / whole
    limit = f"{1e9 * whole / decoding['packets']:,.0f} ns (decoding)"
    yield Figure("ring", "CPU a packet", 1e9 * cost / ring["packets"], "ns", limit)
    yield Figure("ring", "share of decoding", share, "%", "", f"≤ {GOAL_SHARE:g} %", share <= GOAL_SHARE)
    yield Figure("ring", "packets it could not keep", ring["missed"], "packets")
