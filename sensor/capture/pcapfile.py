"""Capture files as a source of frames."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sensor._native import CaptureFile, Frames, capture_digest
from sensor.capture.base import FrameSource


def open_capture(path: Path) -> FrameSource:
    """pcap or pcapng, plain, gzip or zstd. Raises CaptureError when it cannot be opened or is no capture."""
    return CaptureFile(str(path))


def epoch_of(path: Path) -> str:
    """The epoch of a file's events: its digest, so that the same file always gives the same event ids."""
    return capture_digest(str(path))


def batches(source: FrameSource, packets: int) -> Iterator[Frames]:
    """Everything the source has, `packets` frames at a time."""
    while (frames := source.read(packets)) is not None:
        yield frames


def batches_ahead(source: FrameSource, packets: int) -> Iterator[Frames]:
    """The same batches; the next one is read (and unpacked) while the caller works on this one."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        upcoming = reader.submit(source.read, packets)
        while (frames := upcoming.result()) is not None:
            upcoming = reader.submit(source.read, packets)
            yield frames
