import json
from pathlib import Path
from typing import get_args

import pytest

from analyzer._native import EventIndex
from analyzer.store.base import EVERYTHING, Scope, Search
from analyzer.store.embedded.schema import schema_of
from analyzer.store.embedded.wire import encode_node, encode_request
from analyzer.store.query import (
    All,
    And,
    Anywhere,
    Cidr,
    Equals,
    Exists,
    Node,
    Not,
    Nothing,
    Or,
    Prefix,
    Range,
    Regex,
    Wildcard,
)
from sensor.events.catalogue import load_catalogue

ONE_OF_EACH: list[Node] = [
    All(),
    Nothing(),
    Equals("event.id", "a"),
    Prefix("event.id", "a"),
    Wildcard("event.id", "a*"),
    Regex("event.id", "a"),
    Range("event.id", "a", None),
    Cidr("source.ip", "10.0.0.0/8"),
    Exists("event.id"),
    Anywhere("a"),
    And([All()]),
    Or([All()]),
    Not(All()),
]


@pytest.fixture
def index(tmp_path: Path) -> EventIndex:
    return EventIndex(str(tmp_path), schema_of(load_catalogue()), writer=True, heap_bytes=64 << 20)


@pytest.mark.parametrize("node", ONE_OF_EACH, ids=lambda node: type(node).__name__)
def test_the_index_reads_every_node(index: EventIndex, node: Node) -> None:
    index.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"a"}}', 0)
    index.commit()
    assert "total" in json.loads(index.search(encode_request(Search(EVERYTHING, query=node), {"count": {}})))


def test_there_is_one_of_each() -> None:
    assert {type(node) for node in ONE_OF_EACH} == set(get_args(Node))


def test_a_request_without_scope_is_refused(index: EventIndex) -> None:
    request = json.loads(encode_request(Search(EVERYTHING), {"count": {}}))
    del request["scope"]
    with pytest.raises(ValueError, match="scope"):
        index.search(json.dumps(request))


@pytest.mark.parametrize(
    "change",
    [
        {"scope": None},
        {"scope": {"platforms": None}},
        {"kind": "secrets"},
        {"kind": "../events"},
        {"query": {"op": "sql"}},
        {"query": {"op": "equals", "field": "source.ip", "value": "x"}},
        {"query": {"op": "equals", "field": "source.port", "value": "99999999999999999999"}},
        {"query": {"op": "cidr", "field": "event.id", "network": "10.0.0.0/8"}},
        {"query": {"op": "regex", "field": "event.id", "pattern": "("}},
        {"query": {"op": "wildcard", "field": "source.ip", "pattern": "10*"}},
        {"query": {"op": "or", "parts": [{"op": "all"}] * 5_000}},
        {"want": {"hits": {"size": 1, "ascending": True, "after": ["x", "", "0"]}}},
        {"want": {"histogram": {"interval_ns": 0}}},
        {"want": {"everything": {}}},
        {"extra": 1},
    ],
)
def test_what_cannot_be_asked_is_a_value_error(index: EventIndex, change: dict[str, object]) -> None:
    index.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"a"}}', 0)
    index.commit()
    request = json.loads(encode_request(Search(EVERYTHING), {"count": {}})) | change
    with pytest.raises(ValueError):
        index.search(json.dumps(request))


def test_a_tree_that_is_too_deep_is_refused(index: EventIndex) -> None:
    request = json.loads(encode_request(Search(EVERYTHING), {"count": {}}))
    text = json.dumps(request).replace(
        '{"op": "all"}', '{"op":"not","part":' * 200 + '{"op":"all"}' + "}" * 200
    )
    with pytest.raises(ValueError, match="recursion"):
        index.search(text)


def test_scope_is_everything_or_names() -> None:
    encoded = json.loads(encode_request(Search(Scope(frozenset({"b", "a"}))), {"count": {}}))
    assert encoded["scope"] == {"platforms": ["a", "b"]}
    assert json.loads(encode_request(Search(EVERYTHING), {"count": {}}))["scope"] == "everything"


def test_nested_nodes_keep_their_shape() -> None:
    assert encode_node(And([Not(Exists("a")), Or([])])) == {
        "op": "and",
        "parts": [{"op": "not", "part": {"op": "exists", "field": "a"}}, {"op": "or", "parts": []}],
    }
