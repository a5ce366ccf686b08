"""Sigma rules as a detector."""

import json
from dataclasses import replace

from analyzer.detect.sigma import SigmaDetector
from analyzer.records import Condition, Stamps
from analyzer.rulebook.book import Rulebook, compile_rules
from analyzer.rulebook.folder import RuleFile
from tests.analyzer.rulebook.folders import FIRST, SECOND, text
from tests.analyzer.sigma.one import TABLE


def book() -> Rulebook:
    rules = [text(), text(SECOND, 1).replace("a: 1", "b: 1")]
    return compile_rules([RuleFile(f"{n}.yml", rule.encode()) for n, rule in enumerate(rules)], TABLE)


def test_a_detection_carries_rule_event_conditions_and_stamps() -> None:
    detector = SigmaDetector(book(), clock=lambda: 30)
    (found,) = detector.detect(b'{"a":2}\n{"a":1,"x":{"y":[true]}}\n', Stamps(packet=10, parsed=20))
    assert found.rule.id == FIRST
    assert found.event == {"a": 1, "x": {"y": [True]}}
    assert found.conditions == [Condition("selection", "a", "is", "1", "1")]
    assert found.stamps == Stamps(packet=10, parsed=20, matched=30)


def test_what_is_not_live_has_no_stamps() -> None:
    (found,) = SigmaDetector(book()).detect(b'{"a":1}', Stamps(packet=0))
    assert found.stamps == Stamps(packet=0)


def test_two_rules_on_one_event() -> None:
    found = SigmaDetector(book()).detect(b'{"a":1,"b":1}', Stamps(packet=0))
    assert [detection.rule.id for detection in found] == [FIRST, SECOND]
    assert found[0].event is found[1].event


def test_the_same_events_give_the_same_detections() -> None:
    batch = "\n".join(json.dumps({"a": n % 3, "b": n % 2}) for n in range(60)).encode()
    first, second = (SigmaDetector(book(), clock=lambda: 1).detect(batch, Stamps(packet=5)) for _ in range(2))
    assert first == second
    assert len(first) == 20 + 30
    assert replace(first[0].stamps, matched=0) == Stamps(packet=5)


def test_lines_that_are_no_events_are_counted() -> None:
    detector = SigmaDetector(book())
    assert detector.detect(b"broken\n\n[1]\n", Stamps(packet=0)) == []
    assert detector.skipped == 2


def test_live_the_packet_stamp_is_the_events_own() -> None:
    """A flow is judged when it has ended: the wait since its last packet belongs to the latency."""
    detector = SigmaDetector(book(), clock=lambda: 30)
    (found,) = detector.detect(b'{"a":1,"starwatch":{"time_ns":7}}', Stamps(packet=10, parsed=20))
    assert found.stamps == Stamps(packet=7, parsed=20, matched=30)
    (of_file,) = detector.detect(b'{"a":1,"starwatch":{"time_ns":7}}', Stamps(packet=0))
    assert of_file.stamps.packet == 0
