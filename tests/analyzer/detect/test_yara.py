"""Events of hits become detections with their conditions; what is no such event is none."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analyzer.detect.yara import YaraDetector
from analyzer.files.events import context_of, hit
from analyzer.records import Condition, Stamps
from analyzer.rulebook.book import compile_rules
from analyzer.rulebook.folder import RuleFile
from analyzer.rulebook.yara_rules import PlacedFile
from tests.analyzer.files.parcel import NOON, digest, file_event
from tests.analyzer.sigma.one import TABLE
from tests.corpus import ROOT

META = 'title = "Odd" title_zh = "异常" level = "high"'
TEXT = f'rule odd {{ meta: {META} strings: $a = "abc" condition: $a }}'.encode()
BOOK = compile_rules([], TABLE, placed=[PlacedFile(RuleFile("yara/odd.yar", TEXT), ROOT)])
LIVE = Stamps(packet=5, parsed=6)


def event(rule: str = "odd", **more: Any) -> dict[str, Any]:
    found = {
        "rule": rule,
        "id": "an id",
        "ruleset": "yara/odd.yar",
        "tags": [],
        "strings": [{"name": "$a", "offset": 7, "excerpt": "abc", "pattern": '"abc"'}],
        **more,
    }
    context = context_of(file_event(1, b"x", "x.bin"), digest(b"x"))
    return hit(found, "sensor-1-e-1", context, "v")


def detect(*events: Any) -> Any:
    lines = b"".join(json.dumps(it).encode() + b"\n" for it in events)
    return YaraDetector(BOOK, clock=lambda: 9).detect(lines, LIVE)


def test_a_hit_is_a_detection_that_explains_itself() -> None:
    (found,) = detect(file_event(1, b"x"), event())
    assert (found.rule.title, found.rule.title_zh, found.rule.level) == ("Odd", "异常", "high")
    assert found.conditions == [Condition("$a", "x.bin @ 7", "found", '"abc"', "abc")]
    assert found.rule.group_by == ("yara.receiver",)
    assert found.event["yara"]["receiver"] == "10.20.1.7"
    assert found.event["starwatch"]["file_event"] == "sensor-1-e-1"
    assert found.stamps == Stamps(packet=NOON + 1, parsed=6, matched=9)


def test_a_member_is_named() -> None:
    (found,) = detect(event(member="a.zip!b", member_sha256="00"))
    assert found.conditions[0].field == "a.zip!b @ 7"


def test_a_rule_without_strings_holds_by_its_condition() -> None:
    (found,) = detect(event(strings=[]))
    assert found.conditions == [Condition("condition", "x.bin", "holds", "odd", "true")]


def test_a_rule_that_is_gone_is_still_a_hit() -> None:
    (found,) = detect(event(rule="gone"))
    assert (found.rule.title, found.rule.level, found.rule.id) == ("gone", "medium", "an id")


def test_what_is_not_shaped_like_a_hit_is_none() -> None:
    broken = [{}, [], {"event": {"dataset": "starwatch.yara"}}, {**event(), "rule": {"name": 1}}]
    broken.append({**event(), "yara": {"strings": ["$a"], "offsets": []}})
    assert detect(*broken) == []


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda it: (
            st.lists(it)
            | st.dictionaries(st.sampled_from(["event", "dataset", "rule", "yara", "strings", "id"]), it)
        ),
    )
)
def test_any_document_is_survived(document: Any) -> None:
    detect({"mark": "starwatch.yara"}, document, [document, "starwatch.yara"])
