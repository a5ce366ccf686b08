"""Wiring of the sensor's two processes: capture (frames → events → outbox) and link (outbox → analyzer)."""

import asyncio
import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sensor._native import Decoder, Events, Frames
from sensor.capture.base import FrameSource, LiveSource
from sensor.capture.folder import PLAY, DropFolder
from sensor.capture.pcapfile import batches, epoch_of, open_capture
from sensor.capture.player import Player
from sensor.capture.replay import Replay
from sensor.capture.ring import PacketRing
from sensor.capture.slice import Slicer
from sensor.decode.files import FILE_BATCH, file_decoder
from sensor.errors import CaptureError, DecoderError
from sensor.extract import Vault
from sensor.identity import Credentials, client_context
from sensor.link import Backoff, Link
from sensor.outbox import BatchMeta, Outbox, OutboxReader
from sensor.outbox.spool import Spool
from sensor.process import on_stop, say_ready
from sensor.settings import MIB, SensorSettings

IDLE_SECONDS = 0.02
"""Pause of the capture loop when neither a file nor a live packet is there."""
SYNC_SECONDS = 0.2
"""Live events are durable after so long; until then only a power cut, not a crash, can take them."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Live:
    """The live sources: frames of now, one epoch from the process's start to its end."""

    sources: Sequence[LiveSource]
    decoder: Decoder
    ring: PacketRing
    vault: Vault
    epoch: str
    spool: Spool
    flush_ns: int
    clock: Callable[[], int]
    flushed: int = 0

    def step(self) -> bool:
        """Once a flush interval: decode what came, end what is idle, write both. Whether there was anything."""
        now = self.clock()
        if now - self.flushed < self.flush_ns:
            return False
        self.flushed = now
        worked = False
        for frames in chain.from_iterable(source.due() for source in self.sources):
            worked = self._take(frames) or worked
        return self._put(self.decoder.advance(now), now) or worked

    def finish(self) -> None:
        """Flows still open end with the process."""
        self._put(self.decoder.finish(), self.clock())
        self.ring.close()

    def _take(self, frames: Frames) -> bool:
        """One batch of frames. What keeps them as they came goes before the decoder."""
        self.ring.keep(frames)
        return self._put(self.decoder.decode(frames), frames.last_ns)

    def _put(self, events: Events, packet: int) -> bool:
        """One batch of events. What they name (files) is kept before they are."""
        ndjson = self.vault.keep(self.epoch, events)
        if not events.count:
            return False
        meta = BatchMeta(self.epoch, events.first_sequence, events.count, packet, self.clock())
        return self.spool.put(meta, ndjson)


class Files:
    """The drop folder as a source: a step decodes one batch of the file in hand.

    After a crash the file is read again from its start: its epoch is its digest, its events get the same numbers, and
    the outbox takes only those it does not have.
    """

    def __init__(self, folder: DropFolder, settings: SensorSettings, spool: Spool, vault: Vault) -> None:
        self._folder = folder
        self._settings = settings
        self._spool = spool
        self._vault = vault
        self._steps: Iterator[bool] | None = None

    def step(self) -> bool:
        """Whether there was work."""
        if self._steps is None:
            path = self._folder.next()
            if path is None:
                return False
            self._steps = self._read(path)
        if not next(self._steps, False):
            self._steps = None
        return True

    def _read(self, path: Path) -> Iterator[bool]:
        """True for every batch written; ends when the file is in done/ or bad/, or the process is to stop."""
        log.info("reading", extra={"file": path.name})
        try:
            source, epoch = open_capture(path), epoch_of(path)
        except (CaptureError, OSError) as fault:
            self._folder.reject(path, str(fault), getattr(fault, "hint", ""))
            log.error("capture refused", extra={"file": path.name, "reason": str(fault)})
            return
        decoder = file_decoder(self._settings, epoch, file_max=self._settings.file_max_mib * MIB)
        try:
            for events in decode_batches(source, decoder):
                meta, ndjson = file_meta(epoch, events), self._vault.keep(epoch, events)
                if meta is not None and not self._spool.put(meta, ndjson):
                    return
                yield True
        except DecoderError as fault:
            self._vault.forget(epoch)
            self._folder.reject(path, str(fault), fault.hint)
            log.error("decoder failed", extra={"file": path.name, "reason": str(fault)})
            return
        self._spool.sync()
        self._folder.finish(path)
        log.info("read", extra={"file": path.name, **decoder.counters()})


def decode_batches(source: FrameSource, decoder: Decoder) -> Iterator[Events]:
    for frames in batches(source, FILE_BATCH):
        yield decoder.decode(frames)
    yield decoder.finish()


def file_meta(epoch: str, events: Events) -> BatchMeta | None:
    """None for a batch without events."""
    return BatchMeta(epoch, events.first_sequence, events.count) if events.count else None


def live_epoch(clock: Callable[[], int]) -> str:
    """New with every start, in the order of starts; the random part tells apart two that began with the same clock."""
    return f"{clock():016x}-{random.SystemRandom().getrandbits(32):08x}"


def run_capture(settings: SensorSettings, replay: Replay | None = None) -> None:
    """Until SIGTERM or SIGINT."""
    stop = threading.Event()
    on_stop(stop.set)
    outbox = Outbox(settings.outbox, settings.acked, max_bytes=settings.outbox_mib * MIB)
    spool = Spool(outbox, stop)
    vault = Vault(settings.files, max_bytes=settings.files_mib * MIB)
    files = Files(DropFolder(settings.captures), settings, spool, vault)
    player = Player(DropFolder(settings.captures, inlet=PLAY), replay)
    live = make_live(settings, [player], spool, vault)
    say_ready("capture")
    try:
        capture_until(stop, live, files, spool)
        live.finish()
        spool.sync()
    finally:
        outbox.close()


def make_live(settings: SensorSettings, sources: Sequence[LiveSource], spool: Spool, vault: Vault) -> Live:
    epoch = live_epoch(time.time_ns)
    decoder = Decoder(
        sensor=settings.id,
        epoch=epoch,
        interface=settings.interface,
        threads=settings.workers,
        memory=settings.memory_mib * MIB,
        platforms=list(settings.platforms.items()),
        file_max=settings.file_max_mib * MIB,
    )
    ring = PacketRing(settings.ring, epoch=epoch, max_bytes=settings.ring_mib * MIB)
    return Live(sources, decoder, ring, vault, epoch, spool, settings.flush_ms * 1_000_000, time.time_ns)


def capture_until(stop: threading.Event, live: Live, files: Files, spool: Spool) -> None:
    synced = time.monotonic()
    while not stop.is_set():
        worked = live.step()
        worked = files.step() or worked
        if time.monotonic() - synced >= SYNC_SECONDS:
            spool.sync()
            synced = time.monotonic()
        if not worked:
            stop.wait(IDLE_SECONDS)


def sensor_credentials(settings: SensorSettings) -> Credentials:
    keys = settings.data / "keys"
    return Credentials(
        keys / "sensor" / f"{settings.id}.crt", keys / "sensor" / f"{settings.id}.key", keys / "ca.crt"
    )


def run_link(settings: SensorSettings) -> None:
    """Until SIGTERM or SIGINT. Raises IdentityError when this sensor has no certificate yet."""
    credentials = sensor_credentials(settings)
    client_context(credentials)  # without a certificate there is nothing to wait for: say so at once
    asyncio.run(_link(settings, credentials))


async def _link(settings: SensorSettings, credentials: Credentials) -> None:
    link = Link(
        settings.analyzer,
        lambda: client_context(credentials),
        OutboxReader(settings.outbox, settings.acked),
        settings.refused,
        backoff=Backoff(random.SystemRandom().random),
        vault=settings.files,
        cut=Slicer(settings.ring, settings.captures).cut,
    )
    task = asyncio.create_task(link.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    say_ready("link")
    with suppress(asyncio.CancelledError):
        await task
