"""Hits of YARA rules: the workers found them, the judge told them as events; here each becomes a detection."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analyzer.detect.sigma import of_event
from analyzer.records import Condition, Detection, Rule, Stamps
from analyzer.rulebook import Rulebook
from analyzer.rulebook.yara_rules import GROUP_BY

DATASET = "starwatch.yara"
# Lines without these bytes are not looked at: hits are rare, events are not.
MARK = b'"starwatch.yara"'


class YaraDetector:
    """One detection for each event of dataset yara. What the event itself does not say the rulebook does."""

    name = "yara"

    def __init__(self, rulebook: Rulebook, clock: Callable[[], int] = time.time_ns) -> None:
        self._rules = rulebook.yara.rules
        self._clock = clock

    def detect(self, ndjson: bytes, stamps: Stamps) -> Sequence[Detection]:
        if MARK not in ndjson:
            return []
        stamped = replace(stamps, matched=self._clock()) if stamps.packet else stamps
        return [self._detection(event, stamped) for event in hits(ndjson)]

    def _detection(self, event: Mapping[str, Any], stamps: Stamps) -> Detection:
        told = event["rule"]
        known = self._rules.get((told["ruleset"], told["name"]))
        rule = known.rule if known else unknown(told)
        return Detection(rule, event, list(conditions(event)), of_event(stamps, event))


def hits(ndjson: bytes) -> Iterator[Mapping[str, Any]]:
    """The batch's events of our dataset; one that is not as the judge makes them is none."""
    for line in ndjson.split(b"\n"):
        if MARK in line and (event := hit(line)):
            yield event


def hit(line: bytes) -> Mapping[str, Any] | None:
    try:
        event = json.loads(line)
        rule, found = event["rule"], event["yara"]
        named = all(isinstance(rule[name], str) for name in ("id", "name", "ruleset"))
        lengths = {len(found.get(name, ())) for name in ("strings", "offsets", "excerpts", "patterns")}
        ours = event["event"]["dataset"] == DATASET and named and len(lengths) == 1
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return event if ours and isinstance(event, dict) else None


def conditions(event: Mapping[str, Any]) -> Iterator[Condition]:
    """One for each place a string was found; a rule without strings holds by its condition alone."""
    found = event["yara"]
    where = found.get("archive_member") or event.get("file", {}).get("name") or "file"
    strings = found.get("strings", ())
    for name, offset, excerpt, pattern in zip(
        strings, found.get("offsets", ()), found.get("excerpts", ()), found.get("patterns", ()), strict=True
    ):
        yield Condition(name, f"{where} @ {offset}", "found", pattern, excerpt)
    if not strings:
        yield Condition("condition", where, "holds", event["rule"]["name"], "true")


def unknown(told: Mapping[str, Any]) -> Rule:
    """A rule that is not in the book any more: its hit is still one."""
    return Rule(
        id=told["id"],
        path=told["ruleset"],
        version="",
        title=told["name"],
        title_zh=told["name"],
        description="",
        description_zh="",
        level="medium",
        status="",
        techniques=(),
        tactics=(),
        references=(),
        falsepositives=(),
        misses="",
        misses_zh="",
        group_by=GROUP_BY,
    )
