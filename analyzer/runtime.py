"""The analyzer's wiring: who is made from what, the order they start in, and the opposite order they stop in."""

import asyncio
import json
import logging
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from analyzer.alerting.book import AlertBook
from analyzer.alerting.housekeeping import Housekeeping
from analyzer.alerting.latency import latency
from analyzer.control import load_roles
from analyzer.control.base import Push
from analyzer.control.desk import Desk, summary
from analyzer.control.dispatch import Dispatcher
from analyzer.control.hub import Hub
from analyzer.control.server import ControlServer
from analyzer.control.status import Snapshot, document
from analyzer.detect.bench import Bench
from analyzer.errors import AnalyzerError
from analyzer.evidence import PACKETS, Collector, note
from analyzer.evidence import Vault as EvidenceVault
from analyzer.files.intake import FILE, OFFER, Intake
from analyzer.files.judge import Judge
from analyzer.files.shelf import Limits, Shelf
from analyzer.files.sightings import Clerk
from analyzer.files.vault import Vault
from analyzer.inbox import Inbox
from analyzer.ledger import SYSTEM, Actor, AuditRecord, Ledger
from analyzer.rulebook import Rulebook, load, shipped
from analyzer.rulebook.commands import engine_remarks
from analyzer.settings import MIB, AnalyzerSettings
from analyzer.state import Account, close, open_writer, retention_days
from analyzer.store.base import StoreWriter
from analyzer.store.select import open_writer as open_store
from analyzer.stream.pipeline import Pipeline
from analyzer.stream.quarantine import Quarantine
from analyzer.stream.road import Stages
from analyzer.trust import RENEW_SECONDS, Renewal, RevocationList
from analyzer.workers import Workers, validation
from analyzer.workers.scanner import Scanner
from sensor.process import say_ready

log = logging.getLogger(__name__)

STATUS_SECONDS = 2.0
# How often it is looked whether the threads still live; one that died is a defect, and ends the process to restart it.
CHECK_SECONDS = 0.5
# Whoever holds all three watches himself (GB/T 22239 8.1.5.1 to 8.1.5.3 want them apart).
ADMINISTRATORS = frozenset({"sysadmin", "security", "auditor"})


class InboxSource:
    """The inbox as the pipeline knows it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._reader = inbox.reader()
        self.wake = inbox.wake

    def read(self, position: int) -> Sequence[Any]:
        return self._reader.read(position)

    def trim(self, position: int) -> None:
        self._inbox.trim(position)


class Analyzer:
    """All parts of the process. What needs undoing is put on the stack as it is made."""

    def __init__(self, settings: AnalyzerSettings, loop: asyncio.AbstractEventLoop) -> None:
        self._settings = settings
        self._started_ns = time.time_ns()
        self._stack = ExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._remarks: Sequence[Mapping[str, Any]] = ()
        self._loop = loop
        _make_folders(settings)
        self.keys = Renewal(settings.data, settings.sensors, settings.hosts, lambda: datetime.now(UTC))
        self.sessions = open_writer(settings.database)
        self._stack.callback(close, self.sessions)
        self.ledger = Ledger(settings.ledger)
        self._stack.callback(self.ledger.close)
        self.roles = load_roles(shipped() / "roles" / "roles.toml")
        self.bench = Bench(self._load_rules())
        self.hub = Hub(loop)
        self.workers = Workers()
        self.book = AlertBook(self.sessions, self._publish, time.time_ns, note)
        self.evidence = self._make_evidence()
        self._make_files()
        self.inbox = self._make_inbox()
        self.pipeline = self._make_pipeline()
        self.control = ControlServer(settings.control_socket, self._make_dispatcher(), self.hub)

    def _make_files(self) -> None:
        settings = self._settings
        vault = Vault(settings.files)
        limits = Limits(settings.file_max_mib * MIB, settings.files_mib * MIB)
        self.judge = Judge(
            self.sessions,
            vault,
            [Scanner(settings.compiled) for _ in range(settings.scan_workers)],
            time.time_ns,
        )
        self.judge.seat(self.bench.rulebook.yara)
        self.shelf = Shelf(self.sessions, vault, limits, self.judge.wake, time.time_ns)
        disk = ThreadPoolExecutor(2, "files-disk")
        self._stack.callback(disk.shutdown)
        self.intake = Intake(self.shelf, vault, disk)
        self.clerk = Clerk(self.sessions, self.judge.wake, time.time_ns)

    def _make_evidence(self) -> Collector:
        settings = self._settings
        vault = EvidenceVault(settings.evidence, settings.evidence_mib * MIB)
        return Collector(self.sessions, vault, self.ledger.record, time.time_ns)

    def _make_inbox(self) -> Inbox:
        settings = self._settings
        revocation = RevocationList(settings.data / "keys" / "revoked.json")
        # Batches are never numbered below what alerting has counted, also when the inbox folder was lost.
        return Inbox(
            settings.inbox,
            self.keys.context,
            address=settings.address,
            port=settings.port,
            revoked=revocation.revoked,
            visitors={OFFER: self.intake, FILE: self.intake, PACKETS: self.evidence.intake},
            max_bytes=settings.inbox_mib * MIB,
            at_least=self.book.position() + 1,
        )

    def _make_pipeline(self) -> Pipeline:
        settings = self._settings
        self.quarantine = Quarantine(settings.quarantine, self._record_quarantine, time.time_ns)
        self.housekeeping = Housekeeping(
            self.sessions, self.ledger.record, settings.retention_days, time.time_ns
        )
        stages = Stages(
            InboxSource(self.inbox), self.bench, self.book, self.quarantine, time.monotonic, self.clerk
        )
        return Pipeline(stages, self._open_store, self.housekeeping)

    def _make_dispatcher(self) -> Dispatcher:
        settings = self._settings
        desk = Desk(
            default_retention_days=settings.retention_days,
            seats=self.bench,
            load=self._load_rules,
            reloaded=self._reloaded,
            retained=self.housekeeping.due,
            remarks=lambda: [*self._remarks, *engine_remarks(self.judge.faults)],
            report=self.status,
            uploads=settings.uploads,
            inbound=settings.data / "sensor" / "captures" / "new",
        )
        return Dispatcher(self.sessions, self.ledger.record, self.roles, desk, time.time_ns)

    async def start(self) -> None:
        """Sensors and consoles can connect when this returns."""
        self.inbox.start()
        self._stack.callback(self.inbox.stop)
        self.pipeline.start()
        self._stack.callback(self.pipeline.stop)
        self.judge.start(self.inbox.inject)
        self._stack.callback(self.judge.stop)
        self.evidence.start(self.inbox.order)
        self._stack.callback(self.evidence.stop)
        await self.control.start()
        self._validate_soon()
        self._keep(self._report())
        self._keep(self._renew())

    async def stop(self) -> None:
        """Answers what was asked, commits what was read, then lets go of the files."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.control.stop()
        await asyncio.to_thread(self._stack.close)

    def check(self) -> None:
        """Raises when a thread has ended that should not have."""
        self.inbox.check()
        if not self.pipeline.alive:
            raise AnalyzerError("the pipeline has ended", hint="see the log; the supervisor starts it again")
        if not self.evidence.alive:
            raise AnalyzerError(
                "the collector of evidence has ended", hint="see the log; the supervisor starts it again"
            )
        if not self.judge.alive:
            raise AnalyzerError(
                "the judge of files has ended", hint="see the log; the supervisor starts it again"
            )

    def status(self) -> Mapping[str, Any]:
        """The status document; from any thread."""
        with self.sessions() as db:
            days = retention_days(db, self._settings.retention_days)
            spans = latency(db)
            accounts = db.scalars(select(Account).where(Account.disabled.is_(False)))
            mixed = sorted(it.name for it in accounts if set(it.roles) >= ADMINISTRATORS)
        inbox = self.inbox.status()
        disk = shutil.disk_usage(self._settings.data)
        return document(
            Snapshot(
                now_ns=time.time_ns(),
                started_ns=self._started_ns,
                processes=_processes(self._settings),
                sensors=[asdict(state) for state in inbox.sensors],
                refusals=len(inbox.refusals),
                inbox={"obstacle": inbox.obstacle, "bytes": inbox.bytes, "damaged": inbox.damaged},
                pipeline=self.pipeline.status(),
                partitions=self.housekeeping.partitions,
                ledger={
                    "bytes": self.ledger.bytes,
                    "records": self.ledger.records,
                    "damaged": self.ledger.damaged,
                },
                latency=spans,
                rules={**summary(self.bench.rulebook), "detector_faults": self.bench.faults},
                workers=self.workers.status(),
                files=self._files(),
                evidence=asdict(self.evidence.status()),
                disk_free=disk.free,
                disk_total=disk.total,
                retention_days=days,
                quarantined=self.quarantine.count,
                mixed_roles=mixed,
                certificates=self.keys.days_left(),
                renewal_fault=self.keys.fault,
                subscribers=self.hub.subscribers,
            )
        )

    def _files(self) -> Mapping[str, Any]:
        kept, size = self.shelf.usage()
        return {"kept": kept, "bytes": size, **self.judge.status()}

    def _reloaded(self) -> None:
        self.judge.seat(self.bench.rulebook.yara)
        self._later(self._validate_soon)

    def _open_store(self) -> StoreWriter:
        return open_store(self._settings.store, heap_bytes=self._settings.heap_mib * MIB)

    def _load_rules(self) -> Rulebook:
        site = self._settings.site_rules
        return load(shipped(), site if site.is_dir() else None)

    def _publish(self, kind: str, data: Mapping[str, Any]) -> None:
        self.hub.publish_soon(Push(kind, data))

    def _record_quarantine(self, position: int, reason: str) -> None:
        self.ledger.record(
            AuditRecord(
                time.time_ns(),
                "batch.quarantine",
                Actor(SYSTEM),
                "batch",
                str(position),
                "done",
                after={"reason": reason},
            )
        )

    async def _report(self) -> None:
        """Status to every subscriber, as long as there is one."""
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            if self.hub.subscribers:
                self.hub.publish(Push("status", await asyncio.to_thread(self.status)))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await asyncio.to_thread(self.keys.renew)

    async def _validate(self) -> None:
        folders = [shipped(), self._settings.site_rules]
        outcome = await self.workers.run(validation.job(folders))
        self._remarks = validation.remarks(outcome, folders)

    def _validate_soon(self) -> None:
        self._keep(self._validate())

    def _later(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def serve(settings: AnalyzerSettings) -> None:
    """Until SIGTERM or SIGINT. Says `{"ready": "analyzer"}` on stdout when others can connect."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    analyzer = Analyzer(settings, loop)
    try:
        await analyzer.start()
        say_ready("analyzer", port=analyzer.inbox.port)
        await _watch(analyzer, stopping)
    finally:
        await analyzer.stop()


async def _watch(analyzer: Analyzer, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await stopping.wait()
        except TimeoutError:
            analyzer.check()


def _make_folders(settings: AnalyzerSettings) -> None:
    # The two above the others first: what lies in them is for the appliance's own user alone.
    for folder in (settings.inbox.parent, settings.uploads.parent, settings.store, settings.uploads):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _processes(settings: AnalyzerSettings) -> Mapping[str, Mapping[str, Any]]:
    """What the supervisor wrote of every process; nothing when there is none."""
    try:
        states = json.loads((settings.data / "run" / "processes.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return states if isinstance(states, dict) else {}
