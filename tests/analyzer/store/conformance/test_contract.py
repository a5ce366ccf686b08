"""Scope, order, paging, counting, writing and dropping: the same on each implementation."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from analyzer.store.base import EVERYTHING, Scope, Search, Span, StoreReader, StoreWriter
from analyzer.store.query import (
    And,
    Anywhere,
    Equals,
    Exists,
    Node,
    Not,
    Nothing,
    Or,
    Prefix,
    Range,
    Wildcard,
)
from tests.analyzer.store.conformance.conftest import DOCUMENTS

SECOND = 1_000_000_000
MARCH_2 = 1_772_409_600 * SECOND
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND


def ids(hits: Iterable[Mapping[str, Any]]) -> str:
    return "".join(hit["event"]["id"] for hit in hits)


def lines(*documents: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def event(name: str, moment: str = "2026-03-02T00:00:00Z", **more: Any) -> Mapping[str, Any]:
    return {"@timestamp": moment, "event": {"id": name}, **more}


def test_documents_come_back_as_they_were_given(filled: StoreReader) -> None:
    given = [json.loads(line) for line in DOCUMENTS.splitlines()]
    assert filled.search(Search(EVERYTHING, ascending=True)).hits == given


# Scope


@pytest.mark.parametrize(
    ("platforms", "seen"),
    [
        ({"gov-cloud"}, "ab"),
        ({"culture-tourism"}, "bj"),
        ({"gov-cloud", "call-centre"}, "abcd"),
        ({"nobody"}, ""),
        ({"gov"}, ""),
        ({""}, ""),
        (set(), ""),
    ],
)
def test_scope_limits_every_call(filled: StoreReader, platforms: set[str], seen: str) -> None:
    scope = Scope(frozenset(platforms))
    request = Search(scope, ascending=True)
    assert ids(filled.search(request).hits) == seen
    assert filled.count(request) == len(seen)
    assert ids(filled.get("events", list("abcdefghij"), scope)) == seen
    assert sum(count for _, count in filled.terms(request, "event.id", 100)) == len(seen)
    assert sum(count for _, count in filled.histogram(request, 10).buckets) == len(seen)


@pytest.mark.parametrize(
    "node",
    [
        Not(Equals("event.id", "a")),
        Or([Equals("event.id", "c"), Not(Nothing())]),
        Not(Equals("platform.id", "gov-cloud")),
        Equals("platform.id", "call-centre"),
        Exists("event.id"),
    ],
)
def test_no_query_reaches_past_the_scope(filled: StoreReader, node: Node) -> None:
    scope = Scope(frozenset({"gov-cloud"}))
    assert set(ids(filled.search(Search(scope, query=node)).hits)) <= {"a", "b"}


def test_a_document_without_platform_is_seen_by_those_who_see_everything(filled: StoreReader) -> None:
    assert ids(filled.search(Search(EVERYTHING, query=Equals("event.id", "i"))).hits) == "i"


# Order and span


@pytest.mark.parametrize(("ascending", "order"), [(True, "abcdefghij"), (False, "jihgfedcba")])
def test_time_then_id_decide_the_order(filled: StoreReader, ascending: bool, order: str) -> None:
    assert ids(filled.search(Search(EVERYTHING, ascending=ascending)).hits) == order


@pytest.mark.parametrize(
    ("start", "end", "seen"),
    [
        (None, None, "abcdefghij"),
        (MARCH_2, MARCH_2 + DAY, "abc"),
        (MARCH_2 + DAY, None, "defghij"),
        (None, MARCH_2 + DAY, "abc"),
        (MARCH_2 + 8 * HOUR + 2_000, MARCH_2 + DAY + 1, "cd"),
        (MARCH_2 + 8 * HOUR + 1_000, MARCH_2 + 8 * HOUR + 2_000, "ab"),
        (MARCH_2 + 2 * DAY, MARCH_2 + 2 * DAY, ""),
        (MARCH_2 + DAY, MARCH_2, ""),
        (0, 1, ""),
    ],
)
def test_the_span_is_half_open(filled: StoreReader, start: int | None, end: int | None, seen: str) -> None:
    request = Search(EVERYTHING, span=Span(start, end), ascending=True)
    assert ids(filled.search(request).hits) == seen
    assert filled.count(request) == len(seen)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 11])
@pytest.mark.parametrize("ascending", [True, False])
def test_pages_join_to_the_whole(filled: StoreReader, size: int, ascending: bool) -> None:
    found, after = "", None
    for _ in range(11):
        page = filled.search(Search(EVERYTHING, size=size, ascending=ascending, after=after))
        found += ids(page.hits)
        assert page.total == 10
        after = page.next
        if after is None:
            break
    assert found == ("abcdefghij" if ascending else "jihgfedcba")


def test_size_zero_counts_only(filled: StoreReader) -> None:
    page = filled.search(Search(EVERYTHING, size=0))
    assert (page.hits, page.total) == ([], 10)


def test_pages_stay_put_under_writes(empty: StoreWriter) -> None:
    empty.append("events", lines(*(event(name) for name in "bdfh")), 0)
    empty.commit()
    first = empty.search(Search(EVERYTHING, size=2, ascending=True))
    empty.append("events", lines(*(event(name) for name in "aceg")), 1)
    empty.commit()
    second = empty.search(Search(EVERYTHING, size=10, ascending=True, after=first.next))
    assert ids(first.hits) + ids(second.hits) == "bdefgh"


def test_documents_with_one_id_or_none_are_all_paged(empty: StoreWriter) -> None:
    same = [event("x", n={"v": number}) for number in range(5)]
    none = [{"@timestamp": "2026-03-02T00:00:00Z", "n": {"v": number}} for number in range(5, 10)]
    empty.append("events", lines(*same, *none), 0)
    empty.commit()
    for ascending in (True, False):
        seen, after = [], None
        for _ in range(10):
            page = empty.search(Search(EVERYTHING, size=1, ascending=ascending, after=after))
            seen += [hit["n"]["v"] for hit in page.hits]
            after = page.next
        assert (sorted(seen), after) == (list(range(10)), None)


# Counting


@pytest.mark.parametrize(
    ("field", "fewest", "size", "expected"),
    [
        ("event.dataset", False, 5, [("starwatch.dns", 7), ("starwatch.flow", 3)]),
        ("event.dataset", True, 1, [("starwatch.flow", 3)]),
        ("event.category", False, 5, [("network", 2), ("intrusion_detection", 1)]),
        ("destination.port", False, 2, [("53", 6), ("502", 1)]),
        ("source.ip", False, 2, [("10.1.2.3", 2), ("10.1.2.4", 1)]),
        ("dns.edns.dnssec_ok", False, 5, [("false", 1), ("true", 1)]),
        ("dns.answers.name", False, 5, [("www.example.com", 1)]),
        ("rule.id", False, 5, []),
        ("event.dataset", False, 0, []),
    ],
)
def test_terms(filled: StoreReader, field: str, fewest: bool, size: int, expected: list[Any]) -> None:
    assert filled.terms(Search(EVERYTHING), field, size, fewest=fewest) == expected


def test_histogram_has_no_gaps(filled: StoreReader) -> None:
    found = filled.histogram(Search(EVERYTHING, span=Span(MARCH_2, MARCH_2 + 4 * DAY)), 4)
    assert found.interval_ns == 7 * DAY or found.interval_ns == DAY
    assert sum(count for _, count in found.buckets) == 10
    starts = [start for start, _ in found.buckets]
    assert starts == list(range(starts[0], starts[-1] + 1, found.interval_ns))


@pytest.mark.parametrize("buckets", [1, 2, 5, 24, 100, 1_000])
def test_histogram_never_has_more_bars_than_asked(filled: StoreReader, buckets: int) -> None:
    found = filled.histogram(Search(EVERYTHING), buckets)
    assert 1 <= len(found.buckets) <= max(2, buckets)
    assert sum(count for _, count in found.buckets) == 10


def test_histogram_of_nothing(filled: StoreReader) -> None:
    assert filled.histogram(Search(EVERYTHING, query=Nothing()), 10).buckets == []


def test_get_keeps_the_order_asked_for(filled: StoreReader) -> None:
    assert ids(filled.get("events", ["c", "missing", "a", "c"], EVERYTHING)) == "cac"


# Writing


def test_nothing_is_seen_before_the_commit(empty: StoreWriter) -> None:
    assert empty.append("events", lines(event("a")), 0) == 1
    assert empty.search(Search(EVERYTHING)).total == 0
    assert empty.committed() == -1
    empty.commit()
    assert empty.search(Search(EVERYTHING)).total == 1
    assert empty.committed() == 0


def test_a_batch_given_again_adds_nothing(empty: StoreWriter) -> None:
    empty.append("events", lines(event("a")), 3)
    empty.commit()
    assert empty.append("events", lines(event("a")), 3) == 0
    assert empty.append("events", lines(event("z")), 2) == 0
    assert empty.append("events", lines(event("b")), 4) == 1
    empty.commit()
    assert ids(empty.search(Search(EVERYTHING, ascending=True)).hits) == "ab"


def test_an_empty_batch_moves_the_position(empty: StoreWriter) -> None:
    assert empty.append("events", b"", 7) == 0
    empty.commit()
    assert empty.committed() == 7


def test_events_and_alerts_are_apart(empty: StoreWriter) -> None:
    empty.append("events", lines(event("a")), 0)
    empty.append("alerts", lines(event("b")), 0)
    empty.commit()
    assert ids(empty.search(Search(EVERYTHING)).hits) == "a"
    assert ids(empty.search(Search(EVERYTHING, kind="alerts")).hits) == "b"
    assert empty.get("alerts", ["a"], EVERYTHING) == []


def test_a_dropped_day_is_gone_and_others_stay(empty: StoreWriter) -> None:
    days = ["2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z"]
    empty.append("events", lines(*(event(name, day) for name, day in zip("abc", days, strict=True))), 0)
    empty.append("alerts", lines(event("d", days[1])), 0)
    empty.commit()
    empty.drop("events", "2026-03-02")
    empty.drop("events", "2019-01-01")
    assert ids(empty.search(Search(EVERYTHING, ascending=True)).hits) == "ac"
    assert [(it.kind, it.day, it.documents) for it in sorted(empty.partitions(), key=str)] == [
        ("alerts", "2026-03-02", 1),
        ("events", "2026-03-01", 1),
        ("events", "2026-03-03", 1),
    ]


@pytest.mark.parametrize(
    "moment", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2201-01-01T00:00:00Z", "no date", None, 12]
)
def test_a_document_of_no_usable_date_is_kept(empty: StoreWriter, moment: Any) -> None:
    empty.append("events", lines(event("a", moment), event("b")), 0)
    empty.commit()
    assert {hit["event"]["id"] for hit in empty.search(Search(EVERYTHING)).hits} == {"a", "b"}
    assert empty.search(Search(EVERYTHING, query=Equals("event.id", "a"))).hits == [event("a", moment)]
    assert "1970-01-01" in {it.day for it in empty.partitions()}


@pytest.mark.parametrize(
    ("node", "seen"),
    [
        (Equals("unknown.a.b", "1"), "f"),
        (Equals("unknown.a.b", "2.5"), "f"),
        (Exists("unknown"), "f"),
        (Exists("unknown.a.b"), "f"),
        (Equals("dotted.name.x", "1"), "f"),
        (Prefix("dotted.name.x", ""), "f"),
        (Prefix("dns.question.name", ""), "abfghij"),
        (Equals("source.port.x", "1"), ""),
        (Range("destination.port", None, None), "abcdefgij"),
        (And([]), "abcdefghij"),
        (Or([]), ""),
        (Nothing(), ""),
        (Not(Nothing()), "abcdefghij"),
        (Wildcard("dns.question.name", "*中国"), "f"),
        (Anywhere(""), "i"),
    ],
)
def test_trees_no_text_makes(filled: StoreReader, node: Node, seen: str) -> None:
    assert ids(filled.search(Search(EVERYTHING, query=node, ascending=True)).hits) == seen
