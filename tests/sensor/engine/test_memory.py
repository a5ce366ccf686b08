"""A flood of half-open connections stays inside the budget, and none goes unrecorded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAKER = Path(__file__).with_name("make_half_open.py")
MEBIBYTE = 1 << 20
DECODE = """
import json, resource, sys
from sensor._native import CaptureFile, Decoder
source, core = CaptureFile(sys.argv[1]), Decoder(sensor="s", epoch="e", threads=2, memory=int(sys.argv[2]))
written = most = 0
while (frames := source.read(4_096)) is not None:
    written += core.decode(frames).count
    most = max(most, core.counters()["open_flows"])
held = core.counters()["buffered_bytes"]
resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
written += core.finish().count
print(json.dumps({**core.counters(), "written": written, "most": most, "held": held, "resident": resident}))
"""


def flood(folder: Path, count: int, memory: int) -> dict[str, int]:
    """Decode `count` half-open connections in a process of its own."""
    path = folder / "flood.pcap"
    subprocess.run([sys.executable, str(MAKER), str(path), str(count)], check=True)
    command = [sys.executable, "-c", DECODE, str(path), str(memory)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    counted: dict[str, int] = json.loads(done.stdout)
    return counted


def test_a_flood_past_the_budget_is_written_early(tmp_path: Path) -> None:
    memory = 4 * MEBIBYTE
    counted = flood(tmp_path, 50_000, memory)
    assert counted["held"] <= memory
    assert counted["flows"] == 50_000
    assert counted["written"] == counted["events"] == 50_000 + counted["anomalies"]
    assert counted["evicted"] > 30_000


@pytest.mark.slice
def test_a_million_half_open_flows_fit(tmp_path: Path) -> None:
    """All of them are held at once, and the process stays inside 512 MiB."""
    counted = flood(tmp_path, 1_000_000, 256 * MEBIBYTE)
    assert counted["most"] == counted["flows"] == 1_000_000
    assert counted["evicted"] == 0
    assert counted["resident"] < 512 * MEBIBYTE, counted
