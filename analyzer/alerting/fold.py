"""Detections to alerts: everything one rule said of one victim within one bucket is one alert with a count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.alerting import score
from analyzer.alerting.keys import alert_id, bucket_ns, entities_of, event_ns, group_id, leaves, platforms_of
from analyzer.records import Alert, Detection, Findings

# Evidence carried by the alert itself; the rest is found by searching its conditions.
MAX_EVENTS = 10
MAX_COMMUNITY_IDS = 10


@dataclass(frozen=True, slots=True)
class Sighting:
    """An alert as one batch shows it: the alert, how often, and when first and last (event time, ns)."""

    alert: Alert
    count: int
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class _Tally:
    first: Detection
    platforms: Sequence[str]
    entities: Mapping[str, str]
    bucket: int
    times: list[int] = field(default_factory=list)
    events: list[Mapping[str, Any]] = field(default_factory=list)
    community_ids: list[str] = field(default_factory=list)

    def add(self, detection: Detection, at_ns: int) -> None:
        self.times.append(at_ns)
        if len(self.events) < MAX_EVENTS:
            self.events.append(detection.event)
        for value in leaves(detection.event, "network.community_id"):
            if value not in self.community_ids and len(self.community_ids) < MAX_COMMUNITY_IDS:
                self.community_ids.append(str(value))


def fold(findings: Findings) -> list[Sighting]:
    """One sighting per alert, in the order the alerts were first seen."""
    tallies: dict[str, _Tally] = {}
    for detection in findings.detections:
        at_ns = event_ns(detection.event)
        platforms = platforms_of(detection.event)
        entities = entities_of(detection.rule, detection.event)
        bucket = bucket_ns(at_ns)
        key = alert_id(detection.rule.id, platforms, entities, bucket)
        if key not in tallies:
            tallies[key] = _Tally(detection, platforms, entities, bucket)
        tallies[key].add(detection, at_ns)
    return [_sighting(key, tally, findings.content_version) for key, tally in tallies.items()]


def _sighting(key: str, tally: _Tally, content_version: str) -> Sighting:
    first = tally.first
    alert = Alert(
        id=key,
        group=group_id(first.rule.id, tally.platforms, tally.entities),
        rule=first.rule,
        bucket_ns=tally.bucket,
        platforms=tally.platforms,
        entities=tally.entities,
        conditions=first.conditions,
        events=tally.events,
        community_ids=tally.community_ids,
        score=score.parts(first.rule, tally.platforms, first.event),
        stamps=first.stamps,
        content_version=content_version,
        sensor=str(next(leaves(first.event, "observer.id"), "")),
    )
    return Sighting(alert, len(tally.times), min(tally.times), max(tally.times))
