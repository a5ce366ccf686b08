"""The level decides; other parts order within it."""

import itertools

import pytest

from analyzer.alerting.score import LEVEL_POINTS, parts, total
from analyzer.records import LEVELS
from tests.analyzer.stream.parts import event, rule


def test_parts_are_named_and_nothing_is_hidden() -> None:
    inward = event(1, victim="10.0.0.5", source={"ip": "8.8.8.8"})
    found = {part.name: part.points for part in parts(rule(status="stable"), ["cloud"], inward)}
    assert found == {"level": 65, "rule_status": 5, "protected_platform": 5, "from_outside": 4}


def test_parts_that_add_nothing_are_left_out() -> None:
    found = parts(rule(), ["unassigned"], event(1, source={"ip": "not an address"}))
    assert [part.name for part in found] == ["level"]


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(LEVELS)))
def test_no_part_lifts_an_alert_past_the_next_level(lower: str, higher: str) -> None:
    inward = event(1, victim="10.0.0.5", source={"ip": "8.8.8.8"})
    most = total(parts(rule(level=lower, status="stable"), ["cloud"], inward))
    least = total(parts(rule(level=higher, status="experimental"), ["unassigned"], event(1)))
    assert most < least + 5
    assert LEVEL_POINTS[lower] < LEVEL_POINTS[higher]
