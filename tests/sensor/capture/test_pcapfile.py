"""Capture files through the Python side."""

import hashlib
import struct
from pathlib import Path

import pytest

from sensor.capture.pcapfile import batches, batches_ahead, epoch_of, open_capture
from sensor.errors import CaptureError

FILE_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)


def capture_of(path: Path, frames: int) -> Path:
    """Frames of one byte, one second apart from 1 s on."""
    records = (struct.pack("<IIII", second, 0, 1, 1) + b"x" for second in range(1, frames + 1))
    path.write_bytes(FILE_HEADER + b"".join(records))
    return path


def test_batches_hold_everything_in_order(tmp_path: Path) -> None:
    read = list(batches(open_capture(capture_of(tmp_path / "a.pcap", 10)), 4))
    assert [len(frames) for frames in read] == [4, 4, 2]
    assert [frames.first_ns for frames in read] == [1_000_000_000, 5_000_000_000, 9_000_000_000]
    assert read[-1].last_ns == 10_000_000_000
    assert sum(frames.bytes for frames in read) == 10


def test_reading_ahead_gives_the_same_batches(tmp_path: Path) -> None:
    path = capture_of(tmp_path / "a.pcap", 10)
    ahead = [(len(frames), frames.first_ns) for frames in batches_ahead(open_capture(path), 4)]
    assert ahead == [(len(frames), frames.first_ns) for frames in batches(open_capture(path), 4)]


def test_a_file_without_frames_has_no_batch(tmp_path: Path) -> None:
    source = open_capture(capture_of(tmp_path / "empty.pcap", 0))
    assert source.finished
    assert list(batches(source, 4)) == []


def test_frames_can_be_moved_in_time(tmp_path: Path) -> None:
    frames = next(batches(open_capture(capture_of(tmp_path / "a.pcap", 2)), 4))
    frames.shift(500)
    assert (frames.first_ns, frames.last_ns) == (1_000_000_500, 2_000_000_500)


def test_the_epoch_is_the_digest(tmp_path: Path) -> None:
    path = capture_of(tmp_path / "a.pcap", 3)
    assert epoch_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("content", [b"", b"no capture at all"])
def test_no_capture_is_said_with_advice(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=r"notes\.txt is no capture file") as fault:
        open_capture(path)
    assert "pcap" in fault.value.hint


def test_a_missing_file_is_said_with_advice(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be read") as fault:
        open_capture(tmp_path / "gone.pcap")
    assert fault.value.hint
    with pytest.raises(CaptureError):
        epoch_of(tmp_path / "gone.pcap")
