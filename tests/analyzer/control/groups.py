"""Rows of the alert queue for tests that need some."""

from typing import Any

from analyzer.state import AlertGroup, AlertRow, GroupPlatform, RuleVersion, Sessions

RULE = {
    "id": "r1",
    "title": "Odd name",
    "title_zh": "异常域名",
    "level": "high",
    "techniques": [],
    "tactics": [],
}


def add_group(sessions: Sessions, group: str, platforms: tuple[str, ...] = ("cloud",), **values: Any) -> None:
    """A group with one alert `<group>-a`."""
    row = {
        "rule_id": "r1",
        "rule": RULE,
        "severity": 3,
        "entities": {"destination.ip": "192.0.2.7"},
        "words": "odd name 异常域名 192.0.2.7",
        "status": "open",
        "verdict": "open",
        "reason": "",
        "assignee": "",
        "count": 2,
        "alerts": 1,
        "first_ns": 10,
        "last_ns": 20,
        "seen_ns": 30,
        "score": 75,
        "version": 1,
        "latest": f"{group}-a",
    }
    with sessions.begin() as db:
        db.merge(RuleVersion(id="r1", version="v1", document={**RULE, "text": "title: Odd name"}))
        db.add(AlertGroup(id=group, **{**row, **values}))
        db.flush()
        db.add_all(GroupPlatform(group=group, platform=name) for name in platforms)
        db.add(
            AlertRow(
                id=f"{group}-a",
                group=group,
                rule_id="r1",
                rule_version="v1",
                position=0,
                opened_ns=10,
                last_ns=20,
                count=2,
                detail={"conditions": [], "score": [], "events": [], "sensor": "s1", "content_version": "c"},
                packet_ns=1,
                parsed_ns=2,
                matched_ns=3,
                stored_ns=0,
                shown_ns=0,
            )
        )
