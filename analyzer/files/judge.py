"""The thread that has files judged: newest first, a few at once, and tells what came of it.

What is durable decides where it goes on: a file without a verdict of the rules in force is judged, a sighting that
does not know the verdict is told, an announcement that is not in the inbox is carried there. Each step is one
transaction, so a restart in the middle repeats work and doubles nothing.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from analyzer.errors import AnalyzerError
from analyzer.files import verdicts
from analyzer.files.vault import Vault
from analyzer.rulebook.yara_rules import YaraRules
from analyzer.state import Announcement, File, Sessions
from analyzer.state.announcements import deliver, own_epoch
from analyzer.workers.scanner import Report, RuleFileFault, Scanner, ScanRules
from sensor.outbox import BatchMeta

log = logging.getLogger(__name__)

# Without news it is looked anyway: a lost wake-up costs so much and no more.
IDLE_S = 1.0
# After a fault of disk, state or worker.
PAUSE_S = 5.0
PRUNE_NS = 600 * 1_000_000_000


class Inject(Protocol):
    """The inbox's door for the analyzer's own events (analyzer.inbox.Inbox.inject)."""

    def __call__(self, meta: BatchMeta, ndjson: bytes) -> bool: ...


@dataclass(slots=True)
class Tally:
    """How the judge is, for the status document. faulty: rule files the engine refuses."""

    version: str = ""
    judged: int = 0
    hits: int = 0
    faulty: int = 0
    quarantined: int = 0
    fault: str = ""


class Judge:
    """scanners: one worker each, used side by side. clock: ns since 1970."""

    def __init__(
        self,
        sessions: Sessions,
        vault: Vault,
        scanners: Sequence[Scanner],
        clock: Callable[[], int],
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._scanners = scanners
        self._clock = clock
        self._epoch = own_epoch(sessions)
        self._given: YaraRules | None = None
        self._rules = YaraRules()
        self._pruned_ns = 0
        self._tally = Tally()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="judge")
        self.faults: Sequence[RuleFileFault] = ()

    def seat(self, rules: YaraRules) -> None:
        """These rules judge from now on, also what is kept already. From any thread."""
        self._given = rules
        self._wake.set()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def start(self, inject: Inject) -> None:
        """inject: where what is found is told."""
        self._inject = inject
        self._thread.start()

    def stop(self) -> None:
        """A scan under way is given up: the file is judged after the next start."""
        self._stopping.set()
        self._wake.set()
        for scanner in self._scanners:
            scanner.interrupt()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def status(self) -> Mapping[str, Any]:
        with self._sessions() as db:
            waiting = verdicts.backlog(db, self._rules.version)
        workers = [dict(scanner.status()) for scanner in self._scanners]
        return {**asdict(self._tally), "queue": waiting, "workers": workers}

    def _run(self) -> None:
        with ThreadPoolExecutor(len(self._scanners), "scan") as pool:
            while not self._stopping.is_set():
                self._wake.clear()
                try:
                    busy = self._round(pool)
                    self._tally.fault = ""
                except (AnalyzerError, SQLAlchemyError, OSError) as fault:
                    log.error("the judge waits: %s", fault)
                    self._tally.fault = str(fault)
                    self._stopping.wait(PAUSE_S)
                    continue
                if not busy:
                    self._wake.wait(IDLE_S)
        for scanner in self._scanners:
            scanner.close()

    def _round(self, pool: ThreadPoolExecutor) -> bool:
        """One step of everything; whether there was something to judge or to tell."""
        given, self._given = self._given, None
        if given is not None:
            self._load(given, pool)
        with self._sessions() as db:
            files = (
                verdicts.pending(db, self._rules.version, len(self._scanners)) if self._rules.version else []
            )
        list(pool.map(self._judge, files, self._scanners[: len(files)]))
        with self._sessions.begin() as db:
            told = verdicts.settle(db, self._rules.version, self._clock()) if self._rules.version else 0
        deliver(self._sessions, self._epoch, self._carry)
        self._prune()
        return bool(files or told)

    def _load(self, rules: YaraRules, pool: ThreadPoolExecutor) -> None:
        """Every worker gets the rules; those that killed one go into quarantine before anything else happens."""
        try:
            with self._sessions() as db:
                out = verdicts.quarantined(db, "")
            skip = {it.file.path for it in rules.files if it.file.sha256 in out}
            files = [ScanRules(it.file.path, str(it.location), it.file.sha256) for it in rules.files]
            loadings = list(pool.map(lambda scanner: scanner.load(files, skip), self._scanners))
        except BaseException:
            self._given = self._given or rules
            raise
        with self._sessions.begin() as db:
            for killer in (it for loading in loadings for it in loading.killers):
                verdicts.quarantine(db, killer, rules, "", self._clock())
        known = [RuleFileFault(path, 0, "is in quarantine: it kills the engine") for path in sorted(skip)]
        self.faults = list(dict.fromkeys([*known, *(it for loading in loadings for it in loading.faults)]))
        self._rules = rules
        self._tally.version, self._tally.faulty = rules.version, len(self.faults)
        self._tally.quarantined = len({it.path for loading in loadings for it in loading.killers} | skip)

    def _judge(self, file: File, scanner: Scanner) -> None:
        path = self._vault.path(file.sha256)
        with self._sessions() as db:
            out = verdicts.quarantined(db, file.sha256)
            name = file_name(verdicts.newest_context(db, file.sha256))
        without = {it.file.path for it in self._rules.files if it.file.sha256 in out}
        report = scanner.scan(path, name, without)
        if self._stopping.is_set() and report.failure:
            return
        if report.failure and not path.exists():
            report = Report(failure="it was let go for room before it could be judged")
        with self._sessions.begin() as db:
            verdicts.record(db, file.sha256, report, self._rules, self._clock())
        self._tally.judged += 1
        self._tally.hits += len(report.hits)
        self._tally.quarantined += len(report.killers)

    def _carry(self, epoch: str, first: int, events: Sequence[Announcement]) -> bool:
        lines = b"".join(event.line.encode() + b"\n" for event in events)
        packet = max(event.packet_ns for event in events)
        parsed = max(event.parsed_ns for event in events)
        return self._inject(BatchMeta(epoch, first, len(events), packet, parsed), lines)

    def _prune(self) -> None:
        now_ns = self._clock()
        if now_ns - self._pruned_ns >= PRUNE_NS:
            self._pruned_ns = now_ns
            with self._sessions.begin() as db:
                verdicts.prune(db, now_ns)


def file_name(context: Mapping[str, Any]) -> str:
    file = context.get("file")
    name = file.get("name") if isinstance(file, Mapping) else None
    return name if isinstance(name, str) else ""
