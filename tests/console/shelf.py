"""A store in memory that finds documents by id: for tests that do not search."""

from collections.abc import Mapping, Sequence
from typing import Any

from analyzer.store.base import Histogram, Page, Partition, Scope, Search
from analyzer.store.query import All, Node


class Shelf:
    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def get(self, kind: str, ids: Sequence[str], scope: Scope) -> Sequence[Mapping[str, Any]]:
        return [it for it in self._in(scope) if it["event"]["id"] in ids]

    def search(self, request: Search) -> Page:
        found = self._in(request.scope)
        return Page(found[: request.size], len(found), None, 0)

    def count(self, request: Search) -> int:
        return len(self._in(request.scope))

    def terms(
        self, request: Search, field: str, size: int, *, fewest: bool = False
    ) -> Sequence[tuple[str, int]]:
        return []

    def histogram(self, request: Search, buckets: int) -> Histogram:
        return Histogram(1, [])

    def partitions(self) -> Sequence[Partition]:
        return []

    def refresh(self) -> None:
        return

    def close(self) -> None:
        return

    def _in(self, scope: Scope) -> list[dict[str, Any]]:
        wanted = scope.platforms
        return [it for it in self.documents if wanted is None or it["platform"]["id"] in wanted]


def everything(_text: str, _now_ns: int) -> Node:
    return All()
