"""The supervisor of one scan worker: gives it rules and files, ends what hangs, finds out what killed it.

A rule can kill the engine while it is compiled and while it scans. The worker names each rule file before it asks it
(while loading always, while scanning when told to be careful), so the one named last before a crash is the killer: that
file and that sample never meet again, everything else goes on.
"""

import logging
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzer.errors import AnalyzerError
from analyzer.workers.isolation import isolated, prefix
from analyzer.workers.process import GoneError, Worker

log = logging.getLogger(__name__)

MODULE = "analyzer.workers.scan"
# 64 MiB of file, 64 of a member, the rules of a large public set three times over.
MEMORY_BYTES = 2 << 30
# The assurance plan's limit for one file (TRUST.md D.3-12); what a careful look may take, rule file by rule file.
EACH_SECONDS = 10.0
JOB_SECONDS = 30.0
CAREFUL_EACH_SECONDS = 2.0
CAREFUL_SECONDS = 60.0
# Compiling the largest public set takes a second; a machine under load ten times that.
LOAD_SECONDS = 120.0
# Beyond the worker's own limits: then it hangs where it does not look at the clock.
GRACE_SECONDS = 5.0
# Rule files one sample may kill the engine with before it is given up; and lives without a culprit.
MAX_KILLERS = 3
MAX_DEATHS = 3


class WorkerDiedError(AnalyzerError):
    """The worker ended or was ended. crashed: by a fault of its own; trying: the rule file it named last."""

    def __init__(self, reason: str, *, crashed: bool, trying: str) -> None:
        super().__init__(reason)
        self.crashed = crashed
        self.trying = trying


@dataclass(frozen=True, slots=True)
class ScanRules:
    """One rule file for the worker. path: as people know it; location: where it lies; sha256: of its content."""

    path: str
    location: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RuleFileFault:
    """A rule file that is not in force. line: from 1, 0 for the file as a whole."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Killer:
    """A rule file that killed the engine, and how."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loading:
    """faults: files out of force. killers: those among them that killed the engine."""

    loaded: int
    engine: str
    faults: Sequence[RuleFileFault]
    killers: Sequence[Killer] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules say of a file. hits, remarks: as the worker gave them (analyzer/workers/scan).

    killers: rule files that killed the engine on it. failure: why there is no judgement; empty when there is.
    """

    hits: Sequence[Mapping[str, Any]] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    killers: Sequence[Killer] = ()
    failure: str = ""
    scanned: int = 0
    members: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class ScanTally:
    """What the worker has done, for the status document."""

    running: bool = False
    pid: int = 0
    engine: str = ""
    rule_files: int = 0
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    deaths: int = 0
    last_fault: str = ""
    isolated: bool = False


class Scanner:
    """One worker, started when needed, started anew when it died. Used by one thread; `status` by any.

    cache: folder of compiled rules. python: the interpreter (a test gives another).
    """

    def __init__(self, cache: Path, command: Sequence[str] = (sys.executable, "-m", MODULE)) -> None:
        self._cache = cache
        self._command = [*prefix(MEMORY_BYTES), *command]
        self._worker: Worker | None = None
        self._rules: Sequence[ScanRules] = ()
        self._skip: set[str] = set()
        self._stopped = False
        self.tally = ScanTally(isolated=isolated(self._command))

    def status(self) -> Mapping[str, Any]:
        return asdict(self.tally)

    def load(self, rules: Sequence[ScanRules], skip: Collection[str]) -> Loading:
        """These rule files from now on, without those that are known to kill. Raises WorkerDiedError when the worker
        cannot be kept alive for another reason."""
        self._rules, self._skip = rules, set(skip)
        killers: list[Killer] = []
        deaths = 0
        while True:
            try:
                loading = self._load()
                break
            except WorkerDiedError as death:
                self._note(death)
                if death.crashed and death.trying:
                    killers.append(Killer(death.trying, str(death)))
                    self._skip.add(death.trying)
                elif self._stopped or (deaths := deaths + 1) == MAX_DEATHS:
                    raise
        faults = [*loading.faults, *(RuleFileFault(it.path, 0, it.reason) for it in killers)]
        return Loading(loading.loaded, loading.engine, faults, killers)

    def scan(self, path: Path, name: str, without: Collection[str]) -> Report:
        """Judge one file; what goes wrong is in the report. without: rule files that kill on this sample."""
        attempt = _Attempt(set(without))
        while not (attempt.given_up or self._stopped):
            try:
                report = self._scan(path, name, attempt)
            except WorkerDiedError as death:
                self._note(death)
                attempt.learn(death)
                continue
            # The rules as a whole took too long: file by file it shows which, and the others judge.
            if attempt.careful or report.remarks.get("yara_timeout") != "":
                return replace(report, killers=attempt.killers)
            attempt.careful = True
        return Report(killers=attempt.killers, failure=attempt.reason or "the worker was stopped")

    def interrupt(self) -> None:
        """From another thread: what is being scanned is given up, and nothing is scanned any more."""
        self._stopped = True
        worker = self._worker
        if worker is not None:
            worker.kill()

    def close(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._forget()

    def _scan(self, path: Path, name: str, attempt: "_Attempt") -> Report:
        if self._worker is None:
            self._load()
        seconds, each = (
            (CAREFUL_SECONDS, CAREFUL_EACH_SECONDS) if attempt.careful else (JOB_SECONDS, EACH_SECONDS)
        )
        asked = {
            "path": str(path),
            "name": name,
            "without": sorted(attempt.without),
            "careful": attempt.careful,
            "seconds": seconds,
            "each": each,
        }
        # The last member may begin just before the job's time is over.
        answer = self._ask({"scan": asked}, seconds + EACH_SECONDS + GRACE_SECONDS, ("judged", "failed"))
        self.tally.files += 1
        if "failed" in answer:
            return Report(failure=str(answer["failed"]))
        judged = answer["judged"]
        self.tally.bytes += judged["scanned"]
        self.tally.seconds += judged["seconds"]
        return Report(**judged)

    def _load(self) -> Loading:
        files = [asdict(file) for file in self._rules]
        asked = {"load": {"files": files, "skip": sorted(self._skip), "cache": str(self._cache)}}
        faults: list[RuleFileFault] = []
        answer = self._ask(asked, LOAD_SECONDS, ("loaded",), lambda it: faults.append(RuleFileFault(**it)))
        self.tally.engine, self.tally.rule_files = answer["engine"], answer["loaded"]
        return Loading(answer["loaded"], answer["engine"], faults)

    def _ask(
        self,
        asked: Mapping[str, Any],
        seconds: float,
        final: Collection[str],
        fault: Callable[[Mapping[str, Any]], None] = lambda fault: None,
    ) -> Mapping[str, Any]:
        """One question; the answer that has one of the `final` members. The worker is gone when it raises."""
        worker, trying = self._living(), ""
        try:
            for answer in worker.ask(asked, seconds):
                if any(name in answer for name in final):
                    return answer
                trying = answer.get("trying", trying)
                if "fault" in answer:
                    fault(answer["fault"])
        except GoneError as gone:
            reason = worker.end()
            self._forget()
            raise WorkerDiedError(str(gone) or reason, crashed=worker.crashed, trying=trying) from gone
        raise AssertionError("a worker answers until it is gone")

    def _living(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._command)
            self.tally.running, self.tally.pid = True, self._worker.pid
        return self._worker

    def _forget(self) -> None:
        self._worker = None
        self.tally.running, self.tally.pid = False, 0

    def _note(self, death: WorkerDiedError) -> None:
        log.warning("scan worker: %s", death, extra={"trying": death.trying})
        self.tally.deaths += 1
        self.tally.last_fault = str(death)


@dataclass(slots=True)
class _Attempt:
    """What the deaths on one sample have taught. careful: rule file by rule file, each named before it is asked."""

    without: set[str]
    careful: bool = False
    killers: list[Killer] = field(default_factory=list)
    deaths: int = 0
    reason: str = ""

    @property
    def given_up(self) -> bool:
        return self.deaths >= MAX_DEATHS or len(self.killers) >= MAX_KILLERS

    def learn(self, death: WorkerDiedError) -> None:
        self.reason = str(death)
        if self.careful and death.crashed and death.trying:
            self.killers.append(Killer(death.trying, self.reason))
            self.without.add(death.trying)
        else:
            self.deaths += 1
            self.careful = self.careful or death.crashed
