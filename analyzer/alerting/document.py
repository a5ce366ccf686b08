"""An alert as a document of the store (ECS names, sensor/events/catalogue.toml) and as the detail a person opens."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from analyzer.alerting import score
from analyzer.alerting.fold import Sighting
from analyzer.alerting.keys import leaves
from analyzer.records import LEVELS, Alert, Rule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Copied from the first event, so that alerts are found by the same fields as events.
COPIED = (
    "source.ip",
    "source.port",
    "destination.ip",
    "destination.port",
    "network.type",
    "network.transport",
    "network.protocol",
    "network.community_id",
)
GATHERED = ("related.ip", "related.hosts")
# One document holds the evidence's addresses and names, not a capture's.
MAX_RELATED = 100
# As the catalogue says of rule.version.
VERSION_DIGITS = 16


def line(sighting: Sighting) -> bytes:
    """The store's document of an alert, one line of NDJSON."""
    return (
        json.dumps(document(sighting), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        + b"\n"
    )


def document(sighting: Sighting) -> dict[str, Any]:
    alert = sighting.alert
    found: dict[str, Any] = {"@timestamp": timestamp(sighting.first_ns)}
    for name, value in _fields(alert, sighting.count):
        if value not in (None, "", []):
            put(found, name, value)
    return found


def detail(alert: Alert) -> dict[str, Any]:
    """What does not change of an alert when it is opened (AlertDetail of the HTTP API, without what moves)."""
    return {
        "conditions": [asdict(condition) for condition in alert.conditions],
        "score": [asdict(part) for part in alert.score],
        "events": event_ids(alert),
        "community_ids": list(alert.community_ids),
        "content_version": alert.content_version,
        "sensor": alert.sensor,
    }


def rule_head(rule: Rule) -> dict[str, Any]:
    """RuleHead of the HTTP API: what the queue shows of a rule."""
    return {
        "id": rule.id,
        "title": rule.title,
        "title_zh": rule.title_zh,
        "level": LEVELS[severity(rule)],
        "techniques": list(rule.techniques),
        "tactics": list(rule.tactics),
    }


def severity(rule: Rule) -> int:
    """0 informational to 4 critical; a level Sigma does not know is taken for the lowest."""
    return LEVELS.index(rule.level) if rule.level in LEVELS else 0


def event_ids(alert: Alert) -> list[str]:
    return [str(value) for event in alert.events for value in leaves(event, "event.id")]


def timestamp(at_ns: int) -> str:
    """UTC with microseconds; what no calendar holds is 1970."""
    try:
        moment = EPOCH + timedelta(microseconds=at_ns // 1_000)
    except OverflowError:
        moment = EPOCH
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def put(document: dict[str, Any], name: str, value: Any) -> None:
    """Set a dotted field as nested objects."""
    *path, last = name.split(".")
    for part in path:
        document = document.setdefault(part, {})
    document[last] = value


def _fields(alert: Alert, count: int) -> list[tuple[str, Any]]:
    rule = alert.rule
    first = alert.events[0]
    return [
        ("event.id", alert.id),
        ("event.kind", "alert"),
        ("event.category", _values(first, "event.category") or ["network"]),
        ("event.type", ["indicator"]),
        ("event.dataset", "starwatch.alert"),
        ("event.severity", severity(rule)),
        ("observer.id", alert.sensor),
        ("platform.id", list(alert.platforms)),
        *((name, next(leaves(first, name), None)) for name in COPIED),
        *((name, _gathered(alert.events, name)) for name in GATHERED),
        ("rule.id", rule.id),
        ("rule.name", rule.title),
        ("rule.name_zh", rule.title_zh),
        ("rule.version", rule.version[:VERSION_DIGITS]),
        ("rule.level", rule.level),
        ("threat.tactic.id", list(rule.tactics)),
        ("threat.technique.id", list(rule.techniques)),
        ("alert.group", alert.group),
        ("alert.score", score.total(alert.score)),
        ("alert.events", event_ids(alert)),
        ("alert.detail", {**detail(alert), "count_at_opening": count, "stamps": asdict(alert.stamps)}),
    ]


def _values(event: Mapping[str, Any], name: str) -> list[Any]:
    return list(leaves(event, name))


def _gathered(events: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    values = {str(value) for event in events for value in leaves(event, name)}
    return sorted(values)[:MAX_RELATED]
