"""Wiring of the sensor's two processes: capture (frames → events → outbox) and link (outbox → analyzer)."""

import asyncio
import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from sensor._native import Decoder, Endpoints, Events, Frames, Taps
from sensor.capture import sandbox
from sensor.capture.base import FrameSource, LiveSource
from sensor.capture.folder import PLAY, DropFolder
from sensor.capture.ledger import Entry, Ledger
from sensor.capture.live import Interfaces, open_taps
from sensor.capture.nic import read_nics
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
from sensor.reload import Reload
from sensor.settings import MIB, SensorSettings

IDLE_SECONDS = 0.02
"""Pause of the capture loop when neither a file nor a live packet is there."""
MILLISECOND_NS = 1_000_000
SYNC_SECONDS = 0.2
"""Live events are durable after so long; until then only a power cut, not a crash, can take them."""

EVERYTHING = (1 << 64) - 1
"""No flow is so long that its payload is spared."""

log = logging.getLogger(__name__)


class Tap:
    """The interfaces as this process has them: frames, ledger, what is spared when decoding cannot keep up."""

    def __init__(self, taps: Taps, decoder: Decoder, bulk_mib: int, clock: Callable[[], int]) -> None:
        self.interfaces = Interfaces(taps)
        self.ledger = Ledger(taps.counters, decoder.tally, read_nics, clock())
        self.bulk = bulk_mib * MIB
        self._decoder = decoder

    def relieve(self) -> None:
        """Under load the payload of long flows is not analysed."""
        self._decoder.spare(self.bulk if self.interfaces.shedding() else EVERYTHING)


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
    tap: Tap | None = None

    def step(self) -> bool:
        """Once a flush interval: decode what came, end what is idle, write both. Whether there was anything."""
        now = self.clock()
        if now - self.flushed < self.flush_ns:
            return False
        self.flushed = now
        worked = self._take_due()
        if self.tap is not None:
            self.tap.relieve()
            self._note(self.tap.ledger.due(now))
        return self._put(self.decoder.advance(now), now) or worked

    def _take_due(self) -> bool:
        worked = False
        for frames in chain.from_iterable(source.due() for source in self.sources):
            worked = self._take(frames) or worked
        return worked

    @property
    def pressed(self) -> bool:
        return self.tap is not None and self.tap.interfaces.shedding()

    def finish(self) -> None:
        """What had arrived is decoded; flows still open end with the process."""
        if self.tap is not None:
            self.tap.interfaces.stop()
            while self._take_due():
                pass
            self._note(self.tap.ledger.close(self.clock()))
        self._put(self.decoder.finish(), self.clock())
        self.ring.close()

    def _take(self, frames: Frames) -> bool:
        """One batch of frames. What keeps them as they came goes before the decoder."""
        self.ring.keep(frames)
        return self._put(self.decoder.decode(frames), frames.last_ns)

    def _note(self, entries: Iterable[Entry]) -> None:
        """The sensor's words about itself are events of the same epoch."""
        for entry in entries:
            events = self.decoder.note(
                time_ns=entry.time_ns,
                dataset="capture",
                kind="metric",
                types=["change" if entry.changed else "info"],
                interface=entry.interface,
                body=entry.body,
            )
            self._put(events, 0)

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
        self.settings = settings
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
        decoder = file_decoder(self.settings, epoch, file_max=self.settings.file_max_mib * MIB)
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


def run_capture(
    settings: SensorSettings, replay: Replay | None = None, readable: Sequence[Path] = ()
) -> None:
    """Until SIGTERM or SIGINT. readable: files the replay opens, outside the sensor's folder.

    First what needs rights, then the rights are given up, then what reads hostile bytes begins.
    """
    stop = threading.Event()
    on_stop(stop.set)
    taps = open_taps(settings) if settings.interfaces else None
    endpoints = Endpoints(settings.endpoints)
    sandbox.enter(settings, readable)
    try:
        capture(settings, replay, taps, stop)
    finally:
        del endpoints


def capture(
    settings: SensorSettings, replay: Replay | None, taps: Taps | None, stop: threading.Event
) -> None:
    outbox = Outbox(settings.outbox, settings.acked, max_bytes=settings.outbox_mib * MIB)
    spool = Spool(outbox, stop)
    vault = Vault(settings.files, max_bytes=settings.files_mib * MIB)
    files = Files(DropFolder(settings.captures), settings, spool, vault)
    player = Player(DropFolder(settings.captures, inlet=PLAY), replay)
    live = make_live(settings, [player], spool, vault, taps)
    reload = Reload(settings, changes_of(live, files))
    signal.signal(signal.SIGHUP, lambda *_: reload.asked.set())
    if taps is not None:
        taps.start()
    say_ready("capture", **({"interfaces": settings.interfaces} if taps is not None else {}))
    try:
        capture_until(stop, live, files, spool, reload)
        live.finish()
        spool.sync()
    finally:
        outbox.close()


def changes_of(live: Live, files: Files) -> dict[str, Callable[[SensorSettings], None]]:
    """What each setting changes that can change while flows are open."""

    def platforms(fresh: SensorSettings) -> None:
        live.decoder.assign(list(fresh.platforms.items()))
        files.settings = replace(files.settings, platforms=fresh.platforms)

    def flush(fresh: SensorSettings) -> None:
        live.flush_ns = fresh.flush_ms * MILLISECOND_NS

    changes: dict[str, Callable[[SensorSettings], None]] = {"platforms": platforms, "flush_ms": flush}
    tap = live.tap
    if tap is not None:
        changes["filter"] = lambda fresh: tap.interfaces.set_filter(fresh.filter)
        changes["bulk_mib"] = lambda fresh: setattr(tap, "bulk", fresh.bulk_mib * MIB)
    return changes


def make_live(
    settings: SensorSettings,
    sources: Sequence[LiveSource],
    spool: Spool,
    vault: Vault,
    taps: Taps | None = None,
) -> Live:
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
    flush_ns = settings.flush_ms * MILLISECOND_NS
    tap = Tap(taps, decoder, settings.bulk_mib, time.time_ns) if taps is not None else None
    if tap is not None:
        sources = [*sources, tap.interfaces]
    return Live(sources, decoder, ring, vault, epoch, spool, flush_ns, time.time_ns, tap=tap)


def capture_until(stop: threading.Event, live: Live, files: Files, spool: Spool, reload: Reload) -> None:
    synced = time.monotonic()
    while not stop.is_set():
        worked = live.step()
        # A file can wait, a full queue cannot.
        worked = (not live.pressed and files.step()) or worked
        reload.look(live.clock())
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
