"""Capture files to event lines."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sensor._native import Decoder, Events
from sensor.capture.base import FrameSource
from sensor.capture.pcapfile import batches, batches_ahead, epoch_of, open_capture
from sensor.extract import Vault
from sensor.settings import MIB, SensorSettings

FILE_BATCH = 4_096
"""Frames of a batch when a file is read. Idle flows end at the end of a batch, so event ids depend on it:
whoever reads files uses this number and nothing else."""

Counted = Callable[[Path, dict[str, int]], None]


def decode_files(
    paths: Iterable[Path],
    settings: SensorSettings,
    counted: Counted | None = None,
    vault: Vault | None = None,
) -> Iterator[bytes]:
    """Event lines (NDJSON) of each file, one file after the other, each its own epoch.

    counted: given a file's counters when it is done. vault: where carved files go; None: they are only hashed.
    Raises CaptureError for a file that is no capture.
    """
    for path in paths:
        source = open_capture(path)
        epoch = epoch_of(path)
        decoder = file_decoder(settings, epoch, file_max=settings.file_max_mib * MIB if vault else 0)
        for events in events_of(source, decoder, settings.workers):
            yield vault.keep(epoch, events) if vault else events.ndjson
        if counted is not None:
            counted(path, decoder.counters())


def file_decoder(settings: SensorSettings, epoch: str, *, file_max: int = 0) -> Decoder:
    """A decoder whose events name no interface but the capture's own. file_max: of carved files, as for Decoder."""
    return Decoder(
        sensor=settings.id,
        epoch=epoch,
        threads=settings.workers,
        memory=settings.memory_mib * MIB,
        platforms=list(settings.platforms.items()),
        file_max=file_max,
    )


def events_of(source: FrameSource, decoder: Decoder, threads: int = 1) -> Iterator[Events]:
    """Events of a source until it ends. With more than one thread reading goes on beside decoding."""
    read = batches_ahead if threads > 1 else batches
    for frames in read(source, FILE_BATCH):
        yield decoder.decode(frames)
    yield decoder.finish()


def decode_source(source: FrameSource, decoder: Decoder, threads: int = 1) -> Iterator[bytes]:
    """Event lines of a source until it ends."""
    return (events.ndjson for events in events_of(source, decoder, threads))
