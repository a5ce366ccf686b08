"""An alert's score as named parts: what an analyst sees is what was added up."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.alerting.keys import UNASSIGNED, leaves
from analyzer.records import Rule, ScorePart

# The level decides; the other parts order alerts within it and can never lift one past the next level.
LEVEL_POINTS = {"informational": 5, "low": 25, "medium": 45, "high": 65, "critical": 85}
STATUS_POINTS = {"stable": 5, "test": 0, "experimental": -5, "deprecated": -5}
PROTECTED_POINTS = 5
FROM_OUTSIDE_POINTS = 4


def parts(rule: Rule, platforms: Sequence[str], event: Mapping[str, Any]) -> Sequence[ScorePart]:
    """Parts that add nothing are left out."""
    return [part for part in _all(rule, platforms, event) if part.points]


def total(score: Sequence[ScorePart]) -> int:
    return sum(part.points for part in score)


def _all(rule: Rule, platforms: Sequence[str], event: Mapping[str, Any]) -> Iterator[ScorePart]:
    yield ScorePart("level", LEVEL_POINTS.get(rule.level, 0))
    yield ScorePart("rule_status", STATUS_POINTS.get(rule.status, 0))
    yield ScorePart("protected_platform", PROTECTED_POINTS if set(platforms) != {UNASSIGNED} else 0)
    inward = _is_global(event, "source.ip") and not _is_global(event, "destination.ip")
    yield ScorePart("from_outside", FROM_OUTSIDE_POINTS if inward else 0)


def _is_global(event: Mapping[str, Any], name: str) -> bool:
    try:
        return ipaddress.ip_address(str(next(leaves(event, name), ""))).is_global
    except ValueError:
        return False
