"""Capture files to event lines."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sensor._native import Decoder
from sensor.capture.base import FrameSource
from sensor.capture.pcapfile import batches, batches_ahead, epoch_of, open_capture
from sensor.settings import MIB, SensorSettings

FILE_BATCH = 4_096
"""Frames of a batch when a file is read. Idle flows end at the end of a batch, so event ids depend on it:
whoever reads files uses this number and nothing else."""

Counted = Callable[[Path, dict[str, int]], None]


def decode_files(
    paths: Iterable[Path], settings: SensorSettings, counted: Counted | None = None
) -> Iterator[bytes]:
    """Event lines (NDJSON) of each file, one file after the other, each its own epoch.

    counted: given a file's counters when it is done. Raises CaptureError for a file that is no capture.
    """
    for path in paths:
        source = open_capture(path)
        decoder = file_decoder(settings, epoch_of(path))
        yield from decode_source(source, decoder, settings.workers)
        if counted is not None:
            counted(path, decoder.counters())


def file_decoder(settings: SensorSettings, epoch: str) -> Decoder:
    """A decoder whose events name no interface but the capture's own."""
    return Decoder(
        sensor=settings.id,
        epoch=epoch,
        threads=settings.workers,
        memory=settings.memory_mib * MIB,
        platforms=list(settings.platforms.items()),
    )


def decode_source(source: FrameSource, decoder: Decoder, threads: int = 1) -> Iterator[bytes]:
    """Event lines of a source until it ends. With more than one thread reading goes on beside decoding."""
    read = batches_ahead if threads > 1 else batches
    for frames in read(source, FILE_BATCH):
        yield decoder.decode(frames).ndjson
    yield decoder.finish().ndjson
