"""The audit trail on disk: a segment log of canonical JSON, one writer, any number of readers."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import LedgerError
from analyzer.ledger.record import AuditRecord
from sensor._native import LogReader, LogWriter
from sensor.errors import LogError, LogFullError

# The trail is never trimmed: this bound only keeps a runaway from filling the disk (about 400 million records).
MAX_BYTES = 64 << 30
PAGE_BYTES = 4 << 20
# How many records a reader looks at a time when it walks back from the newest.
STRIDE = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with its place in the trail, from 0 and without gaps."""

    index: int
    record: AuditRecord


class Ledger:
    """The one function through which every change is accounted for. Safe to call from any thread."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._lock = threading.Lock()
        self._failed = False
        self._writer = self._open()

    def record(self, record: AuditRecord) -> int:
        """Index of the record, durable when this returns. LedgerError: it is not, so the change must not happen."""
        with self._lock:
            if self._failed:
                self._writer, self._failed = self._open(), False
            try:
                index = self._writer.append(b"{}", record.canonical())
                self._writer.sync()
            except LogFullError as fault:
                raise LedgerError(
                    f"audit trail is full: {fault}", hint="make room on the data disk"
                ) from fault
            except LogError as fault:
                # A failed log takes no more until it is opened anew; its recovery cuts what is not whole.
                self._writer.close()
                self._failed = True
                raise _unwritable(fault) from fault
            return index

    def _open(self) -> LogWriter:
        try:
            return LogWriter(str(self._directory), max_bytes=MAX_BYTES)
        except LogError as fault:
            raise _unwritable(fault) from fault

    @property
    def bytes(self) -> int:
        return self._writer.bytes

    @property
    def records(self) -> int:
        return self._writer.next

    @property
    def damaged(self) -> int:
        return self._writer.damaged

    def close(self) -> None:
        with self._lock:
            self._writer.close()


def _unwritable(fault: LogError) -> LedgerError:
    return LedgerError(f"audit trail cannot be written: {fault}", hint="check the data disk, then try again")


class LedgerReader:
    """Reads the trail, also while the analyzer writes it."""

    def __init__(self, directory: Path) -> None:
        self._reader = LogReader(str(directory))

    def newest(self, limit: int, before: int | None = None) -> Sequence[Entry]:
        """At most `limit` entries older than index `before` (None: from the end), newest first."""
        end = self._reader.next if before is None else min(before, self._reader.next)
        found: list[Entry] = []
        while len(found) < limit and end > self._reader.first:
            start = max(self._reader.first, end - max(STRIDE, limit))
            found.extend(reversed(self.span(start, end)))
            end = start
        return found[:limit]

    def span(self, start: int, end: int) -> Sequence[Entry]:
        """Entries with start <= index < end, oldest first."""
        found: list[Entry] = []
        while start < end:
            records = self._reader.read(start, PAGE_BYTES)
            wanted = [Entry(it.index, AuditRecord.parse(it.payload())) for it in records if it.index < end]
            if not wanted:
                break
            found.extend(wanted)
            start = wanted[-1].index + 1
        return found
