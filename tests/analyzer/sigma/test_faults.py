"""Broken rules: every fault at once, each with its place and what to do; the rest load."""

import pytest

from analyzer._native import RuleMatcher
from tests.analyzer.sigma.one import ID, TABLE, faults, matcher, rule, selecting

# (what is wrong, detection section, line, part of the message)
BROKEN = [
    ("unknown modifier", "    s: {'a|contians': x}\n    condition: s\n", 5, "unknown modifier 'contians'"),
    ("empty list", "    s: {a: []}\n    condition: s\n", 5, "nothing is asked for"),
    ("empty map", "    s: {}\n    condition: s\n", 5, "nothing is asked for"),
    ("nested map as value", "    s: {a: {b: c}}\n    condition: s\n", 5, "a value cannot be a map"),
    ("unknown identifier", "    s: {a: 1}\n    condition: s and t\n", 6, "no search identifier 't'"),
    ("pattern without identifiers", "    s: {a: 1}\n    condition: 1 of t*\n", 6, "fits 't*'"),
    ("bracket not closed", "    s: {a: 1}\n    condition: (s\n", 6, "not closed"),
    ("bracket too many", "    s: {a: 1}\n    condition: s)\n", 6, "unexpected ')'"),
    ("condition ends early", "    s: {a: 1}\n    condition: s and\n", 6, "ends where"),
    ("condition starts with an operator", "    s: {a: 1}\n    condition: and s\n", 6, "'and'"),
    ("upper-case operator", "    s: {a: 1}\n    condition: s AND s\n", 6, "unexpected 'AND'"),
    ("empty condition", "    s: {a: 1}\n    condition: ''\n", 6, "ends where"),
    ("condition list is empty", "    s: {a: 1}\n    condition: []\n", 6, "condition is empty"),
    ("condition is a number", "    s: {a: 1}\n    condition: 1\n", 6, "a condition is text"),
    ("strange character", "    s: {a: 1}\n    condition: s & s\n", 6, "unexpected '&'"),
    ("asks for too many", "    s: {a: 1}\n    condition: 3 of them\n", 6, "asks for 3 of 1"),
    ("0 of", "    s: {a: 1}\n    condition: 0 of them\n", 6, "counts nothing"),
    ("of nothing", "    s: {a: 1}\n    condition: 1 of\n", 6, "without a pattern"),
    ("no condition", "    s: {a: 1}\n", 5, "condition is missing"),
    ("bad regex", "    s: {'a|re': '(x'}\n    condition: s\n", 5, "regular expression"),
    ("look-ahead", "    s: {'a|re': '(?=x)'}\n    condition: s\n", 5, "look-around"),
    (
        "huge regex",
        "    s: {'a|re': '((a{1,999}){1,999}){1,99}'}\n    condition: s\n",
        5,
        "regular expression",
    ),
    ("flag without re", "    s: {'a|i': x}\n    condition: s\n", 5, "sub-modifier of re"),
    ("two types", "    s: {'a|re|cidr': x}\n    condition: s\n", 5, "change the value's type"),
    ("re with contains", "    s: {'a|re|contains': x}\n    condition: s\n", 5, "contradict"),
    ("gt with contains", "    s: {'a|gt|contains': 1}\n    condition: s\n", 5, "contradict"),
    ("gt with text", "    s: {'a|gt': many}\n    condition: s\n", 5, "compares with a number"),
    ("gt twice", "    s: {'a|gt|lt': 1}\n    condition: s\n", 5, "another of its kind"),
    ("hour with text", "    s: {'a|hour': noon}\n    condition: s\n", 5, "whole number"),
    ("no network", "    s: {'a|cidr': 10.0.0}\n    condition: s\n", 5, "is no network"),
    ("host bits", "    s: {'a|cidr': 10.0.0.1/8}\n    condition: s\n", 5, "behind its prefix"),
    ("prefix too long", "    s: {'a|cidr': 10.0.0.0/33}\n    condition: s\n", 5, "prefix length"),
    ("exists with text", "    s: {'a|exists': 'yes'}\n    condition: s\n", 5, "true or false"),
    ("exists without field", "    s: {'|exists': true}\n    condition: s\n", 5, "true or false"),
    ("null modified", "    s: {'a|contains': null}\n    condition: s\n", 5, "null cannot be modified"),
    ("null keyword", "    s: [null]\n    condition: s\n", 5, "null must belong to a field"),
    (
        "base64 after contains",
        "    s: {'a|contains|base64': x}\n    condition: s\n",
        5,
        "after a wildcard modifier",
    ),
    ("base64 of a wildcard", "    s: {'a|base64': 'x*'}\n    condition: s\n", 5, "a wildcard stands where"),
    ("utf16 without base64", "    s: {'a|utf16': x}\n    condition: s\n", 5, "no text"),
    ("fieldref without field", "    s: {'|fieldref': b}\n    condition: s\n", 5, "two fields"),
    ("too many dashes", "    s: {'a|windash': '-a -b -c -d -e'}\n    condition: s\n", 5, "too many variants"),
    ("the same key twice", "    s: {a: 1, a: 2}\n    condition: s\n", 5, "'a' is there twice"),
    ("detection is text", "    just text\n", 5, "condition is missing"),
]


@pytest.mark.parametrize(
    ("detection", "line", "message"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_broken_detection(detection: str, line: int, message: str) -> None:
    loaded = matcher(rule(detection))
    assert loaded.rules == []
    (fault,) = loaded.faults
    assert (fault.path, fault.line, fault.kind) == ("rule.yml", line, "broken")
    assert message in f"{fault.message} {fault.hint}"
    assert fault.column > 0
    assert fault.hint


BODY = "    s: {a: 1}\n    condition: s\n"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": ""}, "title is missing"),
        ({"title": "x" * 257}, "title is not a text of"),
        ({"id": ""}, "id is missing"),
        ({"id": "nope"}, "id is not a UUID"),
        ({"level": "urgent"}, "level is not one of"),
        ({"status": "done"}, "status is not one of"),
        ({"taxonomy": "mine"}, "taxonomy is not one of"),
        ({"logsource": ""}, "logsource is missing"),
        ({"logsource": "{definition: x}"}, "names no category"),
    ],
)
def test_broken_head(fields: dict[str, str], message: str) -> None:
    (fault,) = faults(rule(BODY, **fields))
    assert fault.kind == "broken"
    assert message in fault.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rule("    s: {'a|expand': '%Nobody%'}\n    condition: s\n"), "placeholder %Nobody%"),
        (rule("    s: {a: 1}\n    condition: s | count() > 5\n"), "aggregation"),
        (rule("    s: {a: 1}\n    timeframe: 5m\n    condition: s\n"), "timeframe"),
        ("title: C\ncorrelation: {type: event_count}\n", "not supported yet: correlation documents"),
        ("title: F\nfilter: {rules: [x]}\n", "not supported yet: filter documents"),
        ("action: global\ntitle: G\n", "not supported yet: action documents"),
    ],
)
def test_unsupported(text: str, message: str) -> None:
    (fault,) = faults(text)
    assert fault.kind == "unsupported"
    assert message in fault.message


def test_no_data_of_the_log_source() -> None:
    (fault,) = faults(rule(BODY, logsource="{product: windows, category: process_creation}"))
    assert (fault.kind, fault.line) == ("unmapped", 3)
    assert "category: process_creation, product: windows" in fault.message


def test_every_fault_of_a_document_at_once() -> None:
    text = rule(
        "    s: {'a|nope': 1, 'b|cidr': x}\n    t: {'c|re': '('}\n    condition: s and u\n", level="urgent"
    )
    found = faults(text)
    assert len(found) == 5
    assert {fault.line for fault in found} == {4, 6, 7, 8}


def test_the_place_is_the_value() -> None:
    (fault,) = faults(
        rule("    s:\n        a|cidr:\n            - 10.0.0.0/8\n            - wrong\n    condition: s\n")
    )
    assert (fault.line, fault.column) == (8, 15)


def test_the_place_in_a_condition_is_the_word() -> None:
    (fault,) = faults(rule("    s: {a: 1}\n    condition: s and missing\n"))
    assert (fault.line, fault.column) == (6, 22)


def test_the_others_load() -> None:
    loaded = RuleMatcher([("bad.yml", "title: ["), ("good.yml", selecting("{a: 1}"))], TABLE)
    assert loaded.rules == [("good.yml", ID)]
    assert [fault.path for fault in loaded.faults] == ["bad.yml"]


def test_an_id_counts_once() -> None:
    text = selecting("{a: 1}")
    loaded = RuleMatcher([("one.yml", text), ("two.yml", text)], TABLE)
    assert loaded.rules == [("one.yml", ID)]
    assert "has the id" in loaded.faults[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "not YAML"),
        ("a: 'open", "not YAML"),
        ("a: *unknown", "not YAML"),
        ("- just\n- a list\n", "a rule is a map"),
        ("text", "a rule is a map"),
        ("[" * 1000, ""),
        ("a: " + "[" * 60 + "]" * 60, "nested deeper"),
        ("x" * (5 << 20), "bytes; at most"),
        ("\x00", ""),
    ],
)
def test_not_a_rule(text: str, message: str) -> None:
    loaded = matcher(text)
    assert loaded.rules == []
    assert message in loaded.faults[0].message


def test_billion_laughs() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (fault,) = faults("\n".join(levels))
    assert "more than 500000 values" in fault.message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "no log sources"),
        ("datasets: [{logsources: []}]", "a dataset without a name"),
        ("datasets: [{name: x, logsources: [{category: c, fields: [gone]}]}]", "no field table 'gone'"),
        ("datasets: [", "not YAML"),
    ],
)
def test_a_broken_table_is_a_fault(table: str, message: str) -> None:
    loaded = RuleMatcher([], table)
    assert any(message in fault.message and fault.path == "logsources.yml" for fault in loaded.faults)
