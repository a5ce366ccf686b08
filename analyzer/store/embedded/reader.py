"""The embedded store for reading: beside the writer, in any process."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analyzer._native import EventIndex
from analyzer.errors import StoreError
from analyzer.store.base import Histogram, Page, Partition, Scope, Search
from analyzer.store.embedded.schema import schema_of
from analyzer.store.embedded.wire import Answer, decode_answer, encode_request
from analyzer.store.intervals import interval_for, without_gaps
from analyzer.store.query import Equals, Or
from sensor.events.catalogue import Field, load_catalogue

MAX_IDS = 1_000
"""Documents fetched by id in one call: an alert names at most some hundreds of events."""


class EmbeddedReader:
    """Answers from what was committed when the request began."""

    def __init__(self, directory: Path, fields: Iterable[Field] | None = None) -> None:
        """fields: the columns; the event catalogue unless said."""
        self._index = EventIndex(str(directory), schema_of(load_catalogue() if fields is None else fields))

    def search(self, request: Search) -> Page:
        began = time.monotonic()
        after = list(request.after) if request.after is not None else None
        answer = self._ask(
            request, {"hits": {"size": request.size, "ascending": request.ascending, "after": after}}
        )
        return Page(
            hits=answer.get("hits", []),
            total=answer["total"],
            next=answer["next"],
            took_ms=round((time.monotonic() - began) * 1000),
            partial=answer["partial"],
        )

    def get(self, kind: str, ids: Sequence[str], scope: Scope) -> Sequence[Mapping[str, Any]]:
        """Those of the documents that exist and may be seen, in the order of `ids`."""
        if len(ids) > MAX_IDS:
            raise StoreError(f"{len(ids)} documents asked for at once", hint=f"Ask for at most {MAX_IDS}.")
        named = Or([Equals("event.id", name) for name in dict.fromkeys(ids)])
        page = self.search(Search(scope=scope, kind=kind, query=named, size=MAX_IDS))
        found = {_id(hit): hit for hit in page.hits}
        return [found[name] for name in ids if name in found]

    def count(self, request: Search) -> int:
        return int(self._whole(request, {"count": {}})["total"])

    def terms(
        self, request: Search, field: str, size: int, *, fewest: bool = False
    ) -> Sequence[tuple[str, int]]:
        """Documents per value, exact; ties in the order of the values."""
        answer = self._whole(request, {"terms": {"field": field, "size": size, "fewest": fewest}})
        return [(value, count) for value, count in answer.get("terms", [])]

    def histogram(self, request: Search, buckets: int) -> Histogram:
        """At most `buckets` intervals of a round length over the span; an open end is where the matches end."""
        start, end = self._ends(request)
        interval = interval_for(end - start, buckets)
        answer = self._whole(request, {"histogram": {"interval_ns": interval}})
        counts: dict[int, int] = dict(answer.get("buckets", []))
        return Histogram(interval, without_gaps(counts, start, end, interval))

    def partitions(self) -> Sequence[Partition]:
        self._index.refresh()
        return [Partition(*partition) for partition in self._index.partitions()]

    def refresh(self) -> None:
        self._index.refresh()

    def close(self) -> None:
        self._index.close()

    def _ends(self, request: Search) -> tuple[int, int]:
        """Half open, ns; (0, 0) when nothing matches and an end is open."""
        start, end = request.span.start_ns, request.span.end_ns
        if start is None or end is None:
            found = self._whole(request, {"bounds": {}}).get("bounds") or (0, -1)
            start = found[0] if start is None else start
            end = found[1] + 1 if end is None else end
        return start, max(start, end)

    def _whole(self, request: Search, want: Mapping[str, Any]) -> Answer:
        """An answer that must not be partial: half a count is a wrong count."""
        answer = self._ask(request, want)
        if answer["partial"]:
            raise StoreError(
                "the answer took too long", hint="Narrow the time span or the query, or allow more time."
            )
        return answer

    def _ask(self, request: Search, want: Mapping[str, Any]) -> Answer:
        self._index.refresh()
        try:
            return decode_answer(self._index.search(encode_request(request, want)))
        except ValueError as fault:
            raise StoreError(f"the store cannot answer this: {fault}") from fault


def _id(hit: Mapping[str, Any]) -> str:
    """event.id of a document that has one, nested or dotted."""
    return str(hit["event.id"] if "event.id" in hit else hit["event"]["id"])
