"""What the analyzer hands on: a Detection for every rule that held, an Alert for the people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("informational", "low", "medium", "high", "critical")
"""Sigma levels, weakest first; the index is event.severity."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One leaf of a rule that held: what was asked of which field, and the value that satisfied it."""

    selection: str
    field: str
    operator: str
    expected: str
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What people need to know of a rule (its matching is in Rust)."""

    id: str
    path: str
    version: str
    title: str
    title_zh: str
    description: str
    description_zh: str
    level: str
    status: str
    techniques: Sequence[str]
    tactics: Sequence[str]
    references: Sequence[str]
    falsepositives: Sequence[str]
    misses: str
    misses_zh: str
    group_by: Sequence[str]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stamps:
    """When the evidence passed each stage, ns since 1970 (0: not yet, or not live)."""

    packet: int
    parsed: int = 0
    matched: int = 0
    stored: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule that held on one event."""

    rule: Rule
    event: Mapping[str, Any]
    conditions: Sequence[Condition]
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class Findings:
    """What the detectors said of one inbox batch. content_version: of the rules that were asked."""

    position: int
    detections: Sequence[Detection]
    content_version: str


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One named reason for an alert's score, in points."""

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Alert:
    """All detections of one rule on one group within one bucket of event time.

    id: SHA-256 (first 32 hex digits) over rule id, group key and bucket: a replay makes the same alert.
    group: the same without the bucket: what the queue shows as one row.
    """

    id: str
    group: str
    rule: Rule
    bucket_ns: int
    platforms: Sequence[str]
    entities: Mapping[str, str]
    conditions: Sequence[Condition]
    events: Sequence[Mapping[str, Any]]
    community_ids: Sequence[str]
    score: Sequence[ScorePart]
    stamps: Stamps
    content_version: str
    sensor: str
    names: Mapping[str, str] = field(default_factory=dict)
