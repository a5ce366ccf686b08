"""Frames kept by the capture process; the ring itself is tested in Rust (sensor/rust/capture/tests/ring.rs)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sensor._native import CaptureFile, Wanted, cut_ring
from sensor.capture.ring import PacketRing
from tests.corpus import ROOT
from tests.sensor.packets import capture_of

QUOTA = 1 << 30
MIB = 1 << 20


def everything(epoch: str) -> Wanted:
    return Wanted(epoch=epoch, max_bytes=QUOTA, seconds=60)


def kept(ring: PacketRing, capture: Path) -> None:
    file = CaptureFile(str(capture))
    while (frames := file.read(100)) is not None:
        ring.keep(frames)


def test_what_is_kept_can_be_cut_out(tmp_path: Path) -> None:
    ring = PacketRing(tmp_path / "ring", epoch="e", max_bytes=QUOTA)
    kept(ring, capture_of(tmp_path / "some.pcap", range(0, 500_000, 1000)))
    ring.close()
    found = cut_ring(str(tmp_path / "ring"), everything("e"))
    assert (found.count, found.complete, ring.missed, ring.obstacle) == (500, True, 0, "")


def test_a_folder_that_cannot_be_used_costs_the_packets_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ring").write_text("a file stands here")
    ring = PacketRing(tmp_path / "ring", epoch="e", max_bytes=QUOTA)
    kept(ring, capture_of(tmp_path / "some.pcap", range(0, 50_000, 1000)))
    ring.close()
    assert ring.missed == 50
    assert ring.obstacle
    assert "no packets are kept" in caplog.text


FULL = """
import resource, signal, sys, time
from pathlib import Path
from sensor._native import CaptureFile
from sensor.capture.ring import PacketRing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ring = PacketRing(Path(sys.argv[1]), epoch="e", max_bytes=1 << 30)
def play():
    file = CaptureFile(sys.argv[2])
    while (frames := file.read(100)) is not None:
        ring.keep(frames)
    ring._ring.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
play()
ring._watch(ring._ring)
print(bool(ring.obstacle), ring.missed > 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
time.sleep(1.1)
missed = ring.missed
play()
ring._watch(ring._ring)
print(bool(ring.obstacle), ring.missed == missed)
ring.close()
"""


def test_a_disk_that_takes_no_more_is_waited_out_and_the_gap_is_told(tmp_path: Path) -> None:
    """A file size limit stands in for the full disk: it refuses in the middle of a block, as a disk does."""
    capture = capture_of(tmp_path / "some.pcap", range(0, 500_000, 1000))
    command = [sys.executable, "-c", FULL, str(tmp_path / "ring"), str(capture)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ended.stdout.split() == ["True", "True", "False", "True"]
    found = cut_ring(str(tmp_path / "ring"), everything("e"))
    assert (found.complete, found.reason) == (False, "gap")
    assert 500 <= found.count < 1000
