"""The pipeline's side of the inbox."""

import json
from collections.abc import Callable
from pathlib import Path

from analyzer.inbox.batch import Batch
from sensor._native import LogReader, Record
from sensor.errors import LogError
from sensor.outbox.batch import MAX_UNPACKED

READ_BYTES = 4 << 20
"""Frames handed over by one read, about: some tens of MiB of events."""


class InboxReader:
    """Reads batches in order, only durable ones: what the store has seen must never be numbered again.

    durable: gives the index below which batches are durable.
    """

    def __init__(self, folder: Path, durable: Callable[[], int]) -> None:
        self._log = LogReader(str(folder))
        self._durable = durable

    def read(self, position: int, max_bytes: int = READ_BYTES) -> list[Batch]:
        """Batches from `position` on, or from the first one kept; empty when there is none yet."""
        durable = self._durable()
        if position >= durable:
            return []
        return [batch(record) for record in self._log.read(position, max_bytes) if record.index < durable]

    @property
    def first(self) -> int:
        return self._log.first

    @property
    def damaged(self) -> int:
        """Damaged stretches passed so far; their batches are lost to the pipeline."""
        return self._log.damaged


def batch(record: Record) -> Batch:
    meta = json.loads(record.meta)
    try:
        return Batch(record.index, meta, record.payload(MAX_UNPACKED))
    except LogError as fault:
        return Batch(record.index, meta, b"", fault=str(fault))
