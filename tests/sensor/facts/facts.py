"""Suricata-verify's facts: so many events of a capture match. Judged on our events through the table."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.corpus import corpus
from tests.sensor.facts.table import Table

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    """In `pcap` there are exactly `count` events of `event_type` that match `match` and not `not_match`."""

    id: str
    pcap: str
    event_type: str
    count: int
    match: Mapping[str, Any]
    not_match: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """problem: empty when the fact holds."""

    fact: Fact
    problem: str

    @property
    def holds(self) -> bool:
        return not self.problem


def plain_facts(event_type: str) -> list[Fact]:
    """Facts of one event type that hold in a plain run of the oracle."""
    lines = (
        corpus("pcap", "suricata-verify", "expected", "eve-facts.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    raw = (json.loads(line) for line in lines)
    return [
        Fact(row["id"], row["pcap"], row["event_type"], row["count"], row["match"], row["not_match"])
        for row in raw
        if row["event_type"] == event_type and row["holds_in_plain_reference_run"]
    ]


def judge(fact: Fact, events: Iterable[Event], table: Table) -> Verdict:
    """Count the matching events; an unmapped path fails the fact."""
    if fact.event_type not in table.datasets:
        return Verdict(fact, f"no dataset of ours is EVE's {fact.event_type}")
    if unmapped := sorted(unmapped_paths(fact, table)):
        return Verdict(fact, f"unmapped: {', '.join(unmapped)}")
    candidates = [event for event in events if table.is_of(event, fact.event_type)]
    found = sum(matches(fact, event, table) for event in candidates)
    if found == fact.count:
        return Verdict(fact, "")
    return Verdict(fact, f"{found} events instead of {fact.count}; {nearest(fact, candidates, table)}")


def matches(fact: Fact, event: Event, table: Table) -> bool:
    return not differences(fact, event, table) and not unwanted(fact, event, table)


def differences(fact: Fact, event: Event, table: Table) -> list[str]:
    """What of `match` the event does not fulfil, in words."""
    return [
        f"{path} is {shown!r} not {wanted!r}"
        for path, wanted in conditions(fact.match, table)
        if not holds(path, wanted, shown := table.value(event, target(path, wanted)))
    ]


def unwanted(fact: Fact, event: Event, table: Table) -> bool:
    """Whether the event fulfils a non-empty `not_match`."""
    checks = list(conditions(fact.not_match, table))
    return bool(checks) and all(
        holds(path, wanted, table.value(event, target(path, wanted))) for path, wanted in checks
    )


def conditions(wanted: Mapping[str, Any], table: Table) -> Iterator[tuple[str, Any]]:
    """(path or operator, value) pairs, lists of keys one by one, without the dropped ones."""
    for path, value in wanted.items():
        for each in value if path in ("has-key", "not-has-key") and isinstance(value, list) else [value]:
            if not table.drops(target(path, each)):
                yield path, each


def target(path: str, wanted: Any) -> str:
    """The EVE path a condition looks at."""
    if path in ("has-key", "not-has-key"):
        return str(wanted)
    return path.removesuffix(".__contains").removesuffix(".__find").removesuffix(".__startswith")


def holds(path: str, wanted: Any, shown: Any) -> bool:
    """Whether a shown value fulfils a condition; 1, "1" and true are three things."""
    if path == "has-key":
        return shown is not None
    if path == "not-has-key":
        return shown is None
    if path.endswith(".__contains"):
        return shown is not None and wanted in shown
    if path.endswith(".__find"):
        return shown is not None and str(wanted) in str(shown)
    if path.endswith(".__startswith"):
        return str(shown).startswith(str(wanted))
    return type(shown) is type(wanted) and shown == wanted


def unmapped_paths(fact: Fact, table: Table) -> set[str]:
    """EVE paths of the fact without a row."""
    paths = (
        target(path, value)
        for part in (fact.match, fact.not_match)
        for path, value in conditions(part, table)
    )
    return {path for path in paths if not table.covers(path)}


def nearest(fact: Fact, events: Sequence[Event], table: Table) -> str:
    """The differences of the event that comes closest, for the person who reads the failure."""
    if not events:
        return "there is no event of this dataset"
    closest = min((differences(fact, event, table) for event in events), key=len)
    return "closest: " + ("; ".join(closest) or "all conditions held")
