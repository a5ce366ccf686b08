"""The inbox without its network: checks batches, drops duplicates, makes them durable."""

import errno
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analyzer.errors import InboxError
from analyzer.inbox.batch import Arrival, OwnBatch
from analyzer.inbox.positions import Positions
from sensor._native import LogReader, LogWriter
from sensor.errors import LogError, LogFailedError, LogFullError
from sensor.outbox.batch import BatchMeta, without_first

DEFAULT_BYTES = 4 << 30
"""What may wait for the pipeline before sensors are made to wait."""
CHECKPOINT = "positions.json"
CHECKPOINT_BATCHES = 50_000
"""Batches after which a checkpoint is written although nothing is trimmed: opening reads no more metas than this."""
OWN = "analyzer"
"""The sensor id of events the analyzer itself makes; no sensor may have it."""
RESERVE = "reserve"
RESERVE_BYTES = 4 << 20
"""Set aside for the checkpoint: on a full disk space can only be freed after one more small file is written."""
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an arrival. refusal: why it will never be taken; empty: it is durable, or was before.

    new: events that were not there before. missing: events of the sensor that were skipped before it.
    """

    refusal: str = ""
    new: int = 0
    missing: int = 0


class Journal:
    """The only writer of the inbox log below `folder`. Every method may be called from any thread.

    at_least: the log never numbers below this (what the store has committed must not come again with other content).
    """

    def __init__(self, folder: Path, *, max_bytes: int = DEFAULT_BYTES, at_least: int = 0) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._at_least = at_least
        self._lock = threading.Lock()
        self.obstacle = ""
        self._usable = True
        self._open()
        self._set_aside()

    def _open(self) -> None:
        positions = Positions.load(self._folder / CHECKPOINT)
        at_least = max(positions.index, self._at_least)
        self._log = LogWriter(str(self._folder), max_bytes=self._max_bytes, at_least=at_least)
        for index, meta in LogReader(str(self._folder)).metas(positions.index):
            positions.replay(index, json.loads(meta))
        self._positions = positions
        self._saved = at_least
        self._durable = self._log.synced

    @property
    def durable(self) -> int:
        """Index below which every batch survives a power cut: only those may be read."""
        return self._durable

    def commit(self, arrivals: Sequence[Arrival | OwnBatch]) -> list[Verdict]:
        """Verdicts of the first arrivals, in order; the rest found no room and is to be given again.

        `obstacle` says what is in the way, empty when nothing is. One fsync serves them all.
        """
        with self._lock:
            try:
                if not self._usable:
                    self._reopen()
                return self._commit(arrivals)
            except LogError as fault:
                self.obstacle = str(fault)
                # After a failed write memory knows more than the disk: nothing is said before it is read anew.
                self._usable = not isinstance(fault, LogFailedError) and self._usable
                return []
            except OSError as fault:
                # The checkpoint could not be written. The batches are durable; given again they are duplicates.
                self.obstacle = str(fault)
                return []

    def inject(self, meta: BatchMeta, ndjson: bytes, received: int) -> bool:
        """Take a batch the analyzer made itself: durable, or there before, when this is true. False: no room now,
        `obstacle` says why; to be given again. received: ns since 1970. Raises InboxError when it is no batch."""
        verdicts = self.commit([OwnBatch(OWN, meta, ndjson, received)])
        if verdicts and verdicts[0].refusal:
            raise InboxError(verdicts[0].refusal)
        return bool(verdicts)

    def _reopen(self) -> None:
        self._log.close()
        self._open()
        self._usable = True

    def _commit(self, arrivals: Sequence[Arrival | OwnBatch]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        obstacle = ""
        for arrival in arrivals:
            try:
                verdicts.append(self._take(arrival))
            except LogFullError as fault:
                obstacle = str(fault)
                break
        if any(verdict.new for verdict in verdicts):
            self._log.sync()
            self._durable = self._positions.index
            if self._durable - self._saved >= CHECKPOINT_BATCHES:
                self._checkpoint()
        self.obstacle = obstacle
        return verdicts

    def _take(self, arrival: Arrival | OwnBatch) -> Verdict:
        meta = arrival.meta
        end = self._positions.end(arrival.sensor, meta.epoch)
        if meta.end <= end:
            return Verdict()
        try:
            arrival.check()
        except InboxError as fault:
            return Verdict(refusal=str(fault))
        known = max(end - meta.sequence, 0)
        try:
            index = self._append(arrival, known)
        except (LogFullError, LogFailedError):
            raise
        except LogError as fault:
            return Verdict(refusal=str(fault))
        self._positions.advance(arrival.sensor, meta.epoch, meta.end)
        self._positions.index = index + 1
        return Verdict(new=meta.count - known, missing=max(meta.sequence - end, 0))

    def _append(self, arrival: Arrival | OwnBatch, known: int) -> int:
        """The batch without its first `known` events, which the inbox has already."""
        meta = {**asdict(arrival.meta), "sensor": arrival.sensor, "received": arrival.received}
        meta["sequence"] += known
        meta["count"] -= known
        encoded = json.dumps(meta, separators=(",", ":")).encode()
        if not known and isinstance(arrival, Arrival):
            return self._log.append_frame(encoded, arrival.frame)
        return self._log.append(encoded, without_first(arrival.payload(), known))

    def trim(self, position: int) -> None:
        """The pipeline needs nothing below `position` any more. The checkpoint is durable before anything goes."""
        with self._lock:
            self._checkpoint()
            self._log.trim(min(position, self._durable))
            self._set_aside()

    def _checkpoint(self) -> None:
        try:
            self._positions.save(self._folder / CHECKPOINT)
        except OSError as fault:
            if fault.errno not in NO_SPACE:
                raise
            (self._folder / RESERVE).unlink(missing_ok=True)
            self._positions.save(self._folder / CHECKPOINT)
        self._saved = self._positions.index

    def _set_aside(self) -> None:
        path = self._folder / RESERVE
        if path.exists():
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError as fault:
            # No room now: tried again at the next trim, when there may be.
            path.unlink()
            if fault.errno not in NO_SPACE:
                raise
        finally:
            os.close(descriptor)

    @property
    def bytes(self) -> int:
        with self._lock:
            return self._log.bytes

    @property
    def damaged(self) -> int:
        with self._lock:
            return self._log.damaged

    def close(self) -> None:
        with self._lock:
            self._log.close()
