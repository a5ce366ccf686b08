"""Sigma rules on single events."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analyzer._native import Match
from analyzer.records import Condition, Detection, Stamps
from analyzer.rulebook import Rulebook


class SigmaDetector:
    """The rulebook's matcher over NDJSON; only events that matched become Python objects."""

    name = "sigma"

    def __init__(self, rulebook: Rulebook, clock: Callable[[], int] = time.time_ns) -> None:
        self._rulebook = rulebook
        self._clock = clock

    @property
    def skipped(self) -> int:
        """Lines so far that were no event."""
        return self._rulebook.matcher.skipped

    def detect(self, ndjson: bytes, stamps: Stamps) -> Sequence[Detection]:
        matches = self._rulebook.matcher.match(ndjson)
        stamped = replace(stamps, matched=self._clock()) if stamps.packet else stamps
        events = {match.line: match.event for match in matches}
        parsed = {line: json.loads(event) for line, event in events.items()}
        return [self._detection(match, parsed[match.line], stamped) for match in matches]

    def _detection(self, match: Match, event: Mapping[str, Any], stamps: Stamps) -> Detection:
        conditions = [
            Condition(held.selection, held.field, held.operator, held.expected, held.value)
            for held in match.conditions
        ]
        return Detection(self._rulebook.rules[match.rule], event, conditions, of_event(stamps, event))


def of_event(stamps: Stamps, event: Mapping[str, Any]) -> Stamps:
    """Live, the packet stamp is the event's own last packet, not the batch's: waiting for a flow's end counts."""
    packet = event.get("starwatch", {}).get("time_ns") if stamps.packet else None
    return replace(stamps, packet=packet) if isinstance(packet, int) else stamps
