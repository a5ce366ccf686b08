"""The sensor's side of the outbox that captures: every event is here before anybody else sees it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sensor._native import LogReader, LogWriter
from sensor.errors import LogError
from sensor.outbox.batch import MAX_PAYLOAD, BatchMeta, without_first
from sensor.outbox.reader import read_acked

DEFAULT_BYTES = 2 << 30
"""Room for an hour of a busy tap while the analyzer is away."""


class Outbox:
    """Appends batches to the segment log below `folder`; the only writer of it.

    acked: the file where the link keeps how far the analyzer has everything.
    A batch that is in the log already adds nothing: a capture file that is read again after a crash doubles no event.
    Raises LogFullError (nothing of the piece was written: wait and call again) and LogFailedError (call reopen()).
    """

    def __init__(self, folder: Path, acked: Path, *, max_bytes: int = DEFAULT_BYTES) -> None:
        self._folder = folder
        self._acked = acked
        self._max_bytes = max_bytes
        self._open()

    def _open(self) -> None:
        # Never number below what the analyzer has acknowledged: the link would take the new records for sent ones.
        self._log = LogWriter(str(self._folder), max_bytes=self._max_bytes, at_least=read_acked(self._acked))
        self._ends = recover_ends(self._folder)

    def reopen(self) -> None:
        """After LogFailedError: recover from the disk what is there."""
        self._log.close()
        self._open()

    def end(self, epoch: str) -> int:
        """Number of the first event of `epoch` the log has not seen."""
        return self._ends.get(epoch, 0)

    def append(self, meta: BatchMeta, ndjson: bytes) -> None:
        """Write what is new of the batch, in pieces of at most MAX_PAYLOAD bytes. Durable after sync()."""
        known = min(max(self.end(meta.epoch) - meta.sequence, 0), meta.count)
        if known == meta.count:
            return
        rest = replace(meta, sequence=meta.sequence + known, count=meta.count - known)
        for piece, lines in pieces(rest, without_first(ndjson, known)):
            self._log.append(piece.encode(), lines)
            self._ends[meta.epoch] = piece.end

    def sync(self) -> None:
        self._log.sync()

    @property
    def bytes(self) -> int:
        return self._log.bytes

    @property
    def damaged(self) -> int:
        return self._log.damaged

    def close(self) -> None:
        self._log.close()


def pieces(meta: BatchMeta, ndjson: bytes) -> Iterator[tuple[BatchMeta, bytes]]:
    """The batch cut at line ends; a single line longer than MAX_PAYLOAD stays whole."""
    start, sequence = 0, meta.sequence
    while start < len(ndjson):
        end = cut_after(ndjson, start)
        lines = ndjson[start:end]
        count = lines.count(b"\n")
        yield replace(meta, sequence=sequence, count=count), lines
        start, sequence = end, sequence + count
    if sequence != meta.end:
        raise LogError(f"a batch of {meta.count} events has {sequence - meta.sequence} lines")


def cut_after(ndjson: bytes, start: int) -> int:
    if len(ndjson) - start <= MAX_PAYLOAD:
        return len(ndjson)
    end = ndjson.rfind(b"\n", start, start + MAX_PAYLOAD)
    return (end if end >= 0 else ndjson.index(b"\n", start)) + 1


def recover_ends(folder: Path) -> dict[str, int]:
    """Per epoch the number of the first event that is not in the log."""
    ends: dict[str, int] = {}
    for _, meta in LogReader(str(folder)).metas():
        batch = BatchMeta.decode(meta)
        ends[batch.epoch] = max(ends.get(batch.epoch, 0), batch.end)
    return ends
