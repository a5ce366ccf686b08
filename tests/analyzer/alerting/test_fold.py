"""One alert for everything one rule said of one victim within an hour."""

from typing import Any

from analyzer.alerting.fold import MAX_EVENTS, fold
from analyzer.records import Condition, Detection, Findings, Stamps
from tests.analyzer.stream.parts import HOUR, NOON, event, rule


def findings(*events: dict[str, Any], identity: str = "r1") -> Findings:
    condition = Condition("s", "f", "is", "v", "v")
    found = [Detection(rule(identity), it, [condition], Stamps(1, 2, 3)) for it in events]
    return Findings(0, found, "content-1")


def test_repeats_are_counted() -> None:
    (sighting,) = fold(findings(event(1, at_ns=NOON + 5), event(2, at_ns=NOON), event(3, at_ns=NOON + 9)))
    assert (sighting.count, sighting.first_ns, sighting.last_ns) == (3, NOON, NOON + 9)
    assert [it["event"]["id"] for it in sighting.alert.events] == ["s1-e-1", "s1-e-2", "s1-e-3"]
    assert sighting.alert.community_ids == ["1:abc"]
    assert (sighting.alert.sensor, sighting.alert.content_version) == ("s1", "content-1")


def test_victims_hours_and_platforms_are_apart() -> None:
    apart = [
        event(1),
        event(2, victim="192.0.2.8"),
        event(3, at_ns=NOON + HOUR),
        event(4, platform={"id": ["factory"]}),
    ]
    sightings = fold(findings(*apart))
    assert len({it.alert.id for it in sightings}) == 4
    assert len({it.alert.group for it in sightings}) == 3


def test_evidence_is_bounded_and_the_count_is_not() -> None:
    (sighting,) = fold(
        findings(*(event(number, network={"community_id": f"1:{number}"}) for number in range(50)))
    )
    assert (sighting.count, len(sighting.alert.events)) == (50, MAX_EVENTS)
    assert len(sighting.alert.community_ids) == 10


def test_a_changed_rule_makes_the_same_alert() -> None:
    """The version is a field of the alert, not part of its name."""
    (one,) = fold(findings(event(1)))
    changed = Detection(rule(version="ffff"), event(1), [], Stamps(0))
    (other,) = fold(Findings(0, [changed], "content-2"))
    assert one.alert.id == other.alert.id
