"""Each line of queries.toml, on each implementation."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analyzer.errors import QuerySyntaxError
from analyzer.store import lucene
from analyzer.store.base import EVERYTHING, Search, StoreReader

TABLE = tomllib.loads((Path(__file__).parent / "queries.toml").read_text(encoding="utf-8"))
CASES = [(query, hits) for group in TABLE.values() for query, hits in group.items()]
NOW_NS = int(datetime(2026, 3, 5, tzinfo=UTC).timestamp()) * 1_000_000_000
REFUSED = "!"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 100


@pytest.mark.parametrize(("query", "hits"), CASES, ids=[query for query, _ in CASES])
def test_query(filled: StoreReader, query: str, hits: str) -> None:
    if hits == REFUSED:
        with pytest.raises(QuerySyntaxError):
            lucene.parse(query, NOW_NS)
        return
    page = filled.search(Search(EVERYTHING, query=lucene.parse(query, NOW_NS), ascending=True))
    assert "".join(hit["event"]["id"] for hit in page.hits) == hits
    assert page.total == len(hits)
    assert filled.count(Search(EVERYTHING, query=lucene.parse(query, NOW_NS))) == len(hits)
