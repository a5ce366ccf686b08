"""One life of the store's writer: batches go from the inbox through detectors and alerting into the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.errors import AnalyzerError, InboxError
from analyzer.records import Findings
from analyzer.stream.base import Batch, Book, Judge, Source, Store
from analyzer.stream.quarantine import Quarantine

# How long an event may wait to be searchable, and how soon the evidence of a fresh alert is.
COMMIT_S = 1.0
ALERT_COMMIT_S = 0.25
# A commit at the latest after so many batches: bounds what is replayed after a crash.
COMMIT_BATCHES = 512


class PoisonedBatchError(AnalyzerError):
    """A batch cannot be digested. It has been laid aside; the road is to be travelled anew without it."""


@dataclass(slots=True)
class Progress:
    """How the pipeline is, for the status document. state: starting, running, full, failed or stopped."""

    state: str = "starting"
    fault: str = ""
    position: int = -1
    committed: int = -1
    batches: int = 0
    detections: int = 0
    commits: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Stages:
    """What the road connects. clock: seconds, monotonic. clerk: notes what the batches tell of files, durably."""

    source: Source
    judge: Judge
    book: Book
    quarantine: Quarantine
    clock: Callable[[], float]
    clerk: Callable[[Sequence[Batch]], None] = lambda batches: None


class Road:
    """From the first batch that store or alerting may lack."""

    def __init__(self, stages: Stages, store: Store, progress: Progress) -> None:
        self._stages = stages
        self._store = store
        self._progress = progress
        self._next = min(store.committed(), stages.book.position()) + 1
        self._begun = self._next
        self._alerted = False
        self._last_commit = stages.clock()
        progress.committed = self._next - 1
        progress.state, progress.fault = "running", ""

    def step(self) -> bool:
        """Carry what the inbox has now; commit when it is time. False when there was nothing to carry."""
        batches = self._stages.source.read(self._next)
        if batches:
            self._carry([self._stages.quarantine.replace(batch) for batch in batches])
        if self._due():
            self.commit()
        return bool(batches)

    def wait_s(self, idle_s: float) -> float:
        """How long nothing has to happen when nothing arrives."""
        if self._next == self._begun:
            return idle_s
        return max(0.0, min(idle_s, self._last_commit + self._interval() - self._stages.clock()))

    def commit(self) -> None:
        """Alerting first: its position may never be behind what the store holds for good, or a crash would lose
        alerts. Only then may the inbox forget."""
        if self._next == self._begun:
            return
        last = self._next - 1
        self._stages.book.settle(last)
        self._store.commit()
        self._stages.book.stored(last)
        self._stages.source.trim(min(last, self._store.committed()) + 1)
        self._begun = self._next
        self._alerted = False
        self._last_commit = self._stages.clock()
        self._progress.committed = last
        self._progress.commits += 1

    def _due(self) -> bool:
        waiting = self._next - self._begun
        late = self._stages.clock() - self._last_commit >= self._interval()
        return waiting >= COMMIT_BATCHES or (waiting > 0 and late)

    def _interval(self) -> float:
        return ALERT_COMMIT_S if self._alerted else COMMIT_S

    def _carry(self, batches: Sequence[Batch]) -> None:
        findings = [self._judged(batch) for batch in batches]
        self._noted(batches)
        documents = self._entered(batches, findings)
        for batch in batches:
            self._append(batch, documents)
            self._next = batch.position + 1
        self._alerted = self._alerted or bool(documents)
        self._progress.position = self._next - 1
        self._progress.batches += len(batches)
        self._progress.detections += sum(len(found.detections) for found in findings)

    def _judged(self, batch: Batch) -> Findings:
        if batch.fault:
            raise self._poisoned(batch, InboxError(batch.fault))
        try:
            return self._stages.judge(batch)
        except BaseException as fault:  # a panic in Rust is a BaseException
            raise self._poisoned(batch, fault) from fault

    def _noted(self, batches: Sequence[Batch]) -> None:
        """As _entered: together, or one by one to find the batch that cannot be."""
        try:
            self._stages.clerk(batches)
        except (AnalyzerError, OSError):
            raise
        except BaseException as fault:
            if len(batches) == 1:
                raise self._poisoned(batches[0], fault) from fault
            for batch in batches:
                self._noted([batch])

    def _entered(self, batches: Sequence[Batch], findings: Sequence[Findings]) -> Mapping[int, bytes]:
        """Together when possible; when one of them cannot be entered, one by one to find out which."""
        try:
            return self._stages.book.enter(findings)
        except (AnalyzerError, OSError):
            raise
        except BaseException as fault:
            if len(batches) == 1:
                raise self._poisoned(batches[0], fault) from fault
        pairs = zip(batches, findings, strict=True)
        return {place: lines for one in pairs for place, lines in self._entered([one[0]], [one[1]]).items()}

    def _append(self, batch: Batch, documents: Mapping[int, bytes]) -> None:
        try:
            self._store.append("events", batch.ndjson, batch.position)
            if alerts := documents.get(batch.position):
                self._store.append("alerts", alerts, batch.position)
        except (AnalyzerError, OSError):
            raise
        except BaseException as fault:  # neither the disk nor the store, so it is the batch
            raise self._poisoned(batch, fault) from fault

    def _poisoned(self, batch: Batch, fault: BaseException) -> PoisonedBatchError:
        self._stages.quarantine.lay_aside(batch, fault)
        return PoisonedBatchError(f"batch {batch.position} was laid aside: {fault}")
