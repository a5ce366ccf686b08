"""Alerts are the same when rule, platform, victim and hour are: whatever the order of fields or batches."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.alerting.keys import (
    BUCKET_NS,
    MAX_VALUE,
    alert_id,
    bucket_ns,
    entities_of,
    event_ns,
    group_id,
    leaves,
    platforms_of,
    text,
)
from tests.analyzer.stream.parts import event, rule


def test_ids_are_fixed() -> None:
    """A new version of the analyzer must not alert all history again."""
    assert group_id("r1", ["cloud"], {"destination.ip": "192.0.2.7"}) == "aadddef4f49f9453e2fa12a3daffa026"
    assert alert_id("r1", ["cloud"], {"destination.ip": "192.0.2.7"}, 0) == "4cb9d7933a15d9b8b801a8abe6528b25"


@pytest.mark.parametrize(
    ("document", "name", "found"),
    [
        ({"a": {"b": 1}}, "a.b", [1]),
        ({"a.b": 1}, "a.b", [1]),
        ({"a": [{"b": 1}, {"b": [2, 3]}]}, "a.b", [1, 2, 3]),
        ({"a": {"b.c": 1}}, "a.b.c", [1]),
        ({"a": 1}, "a.b", []),
        ({"a": {"b": None}}, "a.b", []),
        ({"a": {"b": {}}}, "a.b", []),
        ({"ab": 1}, "a", []),
        ({"a": False}, "a", [False]),
        ({"a": "\ud800x"}, "a", ["?x"]),
    ],
)
def test_leaves(document: Any, name: str, found: list[Any]) -> None:
    assert list(leaves(document, name)) == found


def test_text_is_one_line_whatever_the_order() -> None:
    assert text({"a": ["y", "x", "y"]}, "a") == text({"a": ["x", "y"]}, "a") == "x, y"
    assert len(text({"a": "z" * 5_000}, "a")) == MAX_VALUE
    assert text({}, "a") == ""


def test_the_victim_is_who_was_asked_unless_the_rule_says_otherwise() -> None:
    assert entities_of(rule(), event(1)) == {"destination.ip": "192.0.2.7"}
    by = rule(group_by=("source.ip", "dns.question.name"))
    assert entities_of(by, event(1)) == {"source.ip": "198.51.100.9"}


def test_platforms() -> None:
    assert platforms_of({"platform": {"id": ["b", "a", "b"]}}) == ("a", "b")
    assert platforms_of({}) == ("unassigned",)


@pytest.mark.parametrize(
    ("document", "at_ns"),
    [
        ({"starwatch": {"time_ns": 5}}, 5),
        ({"@timestamp": "1970-01-01T00:00:01.000002Z"}, 1_000_002_000),
        ({"starwatch": {"time_ns": "5"}, "@timestamp": "1970-01-01T00:00:01Z"}, 1_000_000_000),
        ({"starwatch": {"time_ns": 2**70}}, 0),
        ({"starwatch": {"time_ns": True}}, 0),
        ({"@timestamp": "yesterday"}, 0),
        ({"@timestamp": 7}, 0),
        ({}, 0),
    ],
)
def test_event_time(document: dict[str, Any], at_ns: int) -> None:
    assert event_ns(document) == at_ns


@given(st.integers(-(2**62), 2**62))
def test_a_bucket_is_an_hour(at_ns: int) -> None:
    assert bucket_ns(at_ns) <= at_ns < bucket_ns(at_ns) + BUCKET_NS
    assert bucket_ns(at_ns) % BUCKET_NS == 0


def test_keys_do_not_run_into_each_other() -> None:
    same = [
        group_id("r", ["a", "b"], {"x": "1"}),
        group_id("r", ["a,b"], {"x": "1"}),
        group_id("r", ["a"], {"x": "1", "b": "1"}),
        group_id("r", [], {"x": '1"],["'}),
        alert_id("r", ["a", "b"], {"x": "1"}, 0),
    ]
    assert len(set(same)) == len(same)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc."), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["a", "destination", "platform", "starwatch", "@timestamp"]), JSON))
def test_any_event_has_a_key(document: dict[str, Any]) -> None:
    key = alert_id("r", platforms_of(document), entities_of(rule(), document), bucket_ns(event_ns(document)))
    again = json.loads(json.dumps(document))
    assert key == alert_id("r", platforms_of(again), entities_of(rule(), again), bucket_ns(event_ns(again)))
