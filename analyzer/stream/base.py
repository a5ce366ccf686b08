"""What flows through the analyzer, and what the pipeline asks of the stages around it."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from analyzer.records import Findings


class Batch(Protocol):
    """Events of one sensor as they lie in the inbox. position: its index there, rising.

    fault: why its events cannot be had (ndjson is then empty); empty when all is well.
    """

    @property
    def position(self) -> int: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...
    @property
    def ndjson(self) -> bytes: ...
    @property
    def fault(self) -> str: ...


class Source(Protocol):
    """The inbox as its one consumer sees it. wake is set when there may be something new."""

    @property
    def wake(self) -> threading.Event: ...
    def read(self, position: int) -> Sequence[Batch]:
        """Batches from `position` on, in order; empty when there is none yet."""

    def trim(self, position: int) -> None:
        """Batches below `position` are not needed any more."""


class Judge(Protocol):
    """All detectors: pure, and never in the way of the stream (a detector that fails is reported, not raised)."""

    def __call__(self, batch: Batch) -> Findings: ...


class Book(Protocol):
    """Alerting (analyzer/alerting/book.py)."""

    def position(self) -> int: ...
    def enter(self, findings: Sequence[Findings]) -> Mapping[int, bytes]: ...
    def settle(self, number: int) -> None: ...
    def stored(self, number: int) -> None: ...


class Store(Protocol):
    """The writing half of the store contract (analyzer/store/base.py)."""

    def append(self, kind: str, ndjson: bytes, position: int) -> int: ...
    def commit(self) -> None: ...
    def committed(self) -> int: ...
    def close(self) -> None: ...
