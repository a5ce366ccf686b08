"""Questions to the event store, always in the asker's scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.store.base import Scope, Search, Span, StoreReader
from analyzer.store.query import Node
from console.errors import ConsoleError
from console.hunt import cursor
from console.hunt.moments import parse_moment
from sensor.events.catalogue import Field

Parse = Callable[[str, int], Node]
"""Lucene text, and the moment `now` stands for (ns) → tree; QuerySyntaxError with the place."""


@dataclass(frozen=True, slots=True)
class Question:
    """kind: `events` or `alerts`. query: Lucene text. start, end: moments as text, half open."""

    scope: Scope
    kind: str = "events"
    query: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Hunt:
    """Asks the store. clock_ns: ns since 1970."""

    store: StoreReader
    fields: Sequence[Field]
    parse: Parse
    clock_ns: Callable[[], int]

    def page(self, question: Question, *, size: int, ascending: bool, after: str) -> Mapping[str, Any]:
        """Coverage is null: no sensor counts wire against events yet, and an assumed figure would lie."""
        search = self._search(question, size=size, ascending=ascending, after=cursor.decode(after))
        page = self.store.search(search)
        return {
            "hits": page.hits,
            "total": page.total,
            "next": cursor.encode(page.next),
            "took_ms": page.took_ms,
            "partial": page.partial,
            "coverage": None,
        }

    def histogram(self, question: Question, buckets: int) -> Mapping[str, Any]:
        found = self.store.histogram(self._search(question), buckets)
        return {"interval_ns": found.interval_ns, "buckets": found.buckets}

    def terms(self, question: Question, field: str, size: int, *, fewest: bool) -> Mapping[str, Any]:
        if all(field != it.name for it in self.fields):
            raise ConsoleError("invalid", detail=f"field: there is no field {field!r} in the catalogue")
        return {"items": self.store.terms(self._search(question), field, size, fewest=fewest)}

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "name": it.name,
                "type": it.type,
                "many": it.many,
                "zh": it.zh,
                "meaning": it.meaning,
                "datasets": it.datasets,
            }
            for it in self.fields
        ]

    def _search(self, question: Question, **more: Any) -> Search:
        now = self.clock_ns()
        span = Span(parse_moment(question.start, now), parse_moment(question.end, now))
        tree = self.parse(question.query, now)
        return Search(scope=question.scope, kind=question.kind, query=tree, span=span, **more)
