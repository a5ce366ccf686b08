"""The store contract. Two implementations answer alike: embedded (Tantivy) and, on a cluster, Elasticsearch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from analyzer.store.query import All, Node


@dataclass(frozen=True, slots=True)
class Scope:
    """Which platforms the asker may see. Part of every query; there is no query without it.

    platforms: None means every platform, also `unassigned`; an empty set sees nothing.
    """

    platforms: frozenset[str] | None


EVERYTHING = Scope(platforms=None)


@dataclass(frozen=True, slots=True)
class Span:
    """Event time, ns since 1970, half open: start <= t < end. None is an open end."""

    start_ns: int | None = None
    end_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """One page of hits; a count or an aggregation takes the same question and leaves the page's members unread.

    kind: `events` or `alerts`. sort: `@timestamp` descending unless said; ties are broken by event.id.
    after: the `next` of the page before.
    """

    scope: Scope
    kind: str = "events"
    query: Node = field(default_factory=All)
    span: Span = field(default_factory=Span)
    size: int = 50
    ascending: bool = False
    after: Sequence[Any] | None = None
    timeout_ms: int = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """hits: whole documents. total: exact count of the query in the span. partial: the time ran out."""

    hits: Sequence[Mapping[str, Any]]
    total: int
    next: Sequence[Any] | None
    took_ms: int
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts per interval of event time: (start_ns, count), without gaps over the span."""

    interval_ns: int
    buckets: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Partition:
    """One day of one kind. written_ns: when it was last written to."""

    kind: str
    day: str
    documents: int
    bytes: int
    written_ns: int = 0


class StoreReader(Protocol):
    """What the console may do."""

    def search(self, request: Search) -> Page: ...
    def get(self, kind: str, ids: Sequence[str], scope: Scope) -> Sequence[Mapping[str, Any]]: ...
    def count(self, request: Search) -> int: ...
    def terms(
        self, request: Search, field: str, size: int, *, fewest: bool = False
    ) -> Sequence[tuple[str, int]]: ...
    def histogram(self, request: Search, buckets: int) -> Histogram: ...
    def partitions(self) -> Sequence[Partition]: ...
    def refresh(self) -> None: ...
    def close(self) -> None: ...


class StoreWriter(StoreReader, Protocol):
    """What the analyzer, the only writer, may do besides.

    append is not durable until commit returns; a day may be seen sooner. `position` numbers the batches of the inbox:
    a batch given again after a crash adds nothing that is there already. One append for each kind of a position, both
    before the next commit. After a StoreError what was not committed is gone: append again from `committed() + 1`;
    later positions are refused.
    """

    def append(self, kind: str, ndjson: bytes, position: int) -> int: ...
    def commit(self) -> None: ...
    def committed(self) -> int: ...
    def drop(self, kind: str, day: str) -> None: ...
