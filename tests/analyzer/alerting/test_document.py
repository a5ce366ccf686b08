"""An alert's document: only fields of the catalogue, each of its type, and found by what it is about."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.alerting.document import document, line, rule_head, severity, timestamp
from analyzer.alerting.fold import Sighting, fold
from analyzer.records import LEVELS
from sensor.events.catalogue import load_catalogue
from tests.analyzer.alerting.test_fold import findings
from tests.analyzer.stream.parts import NOON, event, rule

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "keyword": str,
    "ip": str,
    "date": str,
    "long": int,
    "flattened": dict,
}


def sighting(**more: Any) -> Sighting:
    (found,) = fold(findings(event(1, **more), event(2, **more)))
    return found


def fields(value: Any, path: str, flattened: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and path not in flattened:
        for key, inner in value.items():
            yield from fields(inner, f"{path}.{key}" if path else key, flattened)
    else:
        yield path, value


def test_every_field_is_in_the_catalogue_with_its_type() -> None:
    known = {field.name: field for field in load_catalogue()}
    flattened = {name for name, field in known.items() if field.type == "flattened"}
    for name, value in fields(
        document(sighting(related={"ip": ["10.0.0.1"], "hosts": ["a.b"]})), "", flattened
    ):
        field = known[name]
        assert "alert" in field.datasets or "*" in field.datasets, name
        for item in value if field.many else [value]:
            assert isinstance(item, TYPES[field.type]), (name, item)


def test_it_says_what_happened() -> None:
    found = document(sighting())
    assert found["event"]["kind"] == "alert"
    assert found["event"]["severity"] == LEVELS.index("high")
    assert found["rule"] == {
        "id": "r1",
        "name": "Odd name",
        "name_zh": "异常域名",
        "version": "0123456789abcdef",
        "level": "high",
    }
    assert found["threat"] == {"tactic": {"id": ["TA0011"]}, "technique": {"id": ["T1071.004"]}}
    assert found["alert"]["events"] == ["s1-e-1", "s1-e-2"]
    assert found["alert"]["detail"]["count_at_opening"] == 2
    assert found["@timestamp"] == timestamp(NOON)


def test_a_line_is_one_line_of_utf8_whatever_the_event_holds() -> None:
    hostile = {"ip": ["10.0.0.1"], "hosts": ["a\nb", "\ud800", "<script>"]}
    made = line(sighting(related=hostile))
    assert made.count(b"\n") == 1
    assert json.loads(made)["related"]["hosts"] == ["<script>", "?", "a\nb"]


def test_times_no_calendar_holds() -> None:
    assert timestamp(2**63 - 1).startswith("2262-")
    assert timestamp(10**30) == "1970-01-01T00:00:00.000000Z"
    assert timestamp(1_234_567_891) == "1970-01-01T00:00:01.234567Z"


def test_a_level_sigma_does_not_know() -> None:
    odd = rule(level="urgent")
    assert (severity(odd), rule_head(odd)["level"]) == (0, "informational")
