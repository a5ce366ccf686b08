"""One rule on one event: what most tests of the matcher need."""

import json
from collections.abc import Mapping
from typing import Any

from analyzer._native import Match, RuleFault, RuleMatcher

TABLE = """
datasets:
    - {name: test, logsources: [{category: test}]}
metadata: [meta]
placeholders:
    Servers: ['srv*', 'web?']
    Admins: [root]
"""
ID = "11111111-2222-4333-8444-555555555555"


def rule(detection: str, **fields: str) -> str:
    """A rule document around a detection section (indented by four)."""
    head = {"title": "Test", "id": ID, "logsource": "{category: test}", **fields}
    lines = [f"{key}: {value}\n" for key, value in head.items() if value]
    return "".join(lines) + "detection:\n" + detection


def selecting(selection: str, condition: str = "selection") -> str:
    """A rule whose only search identifier is `selection`, given as YAML flow or scalar."""
    return rule(f"    selection: {selection}\n    condition: {condition}\n")


def matcher(text: str, table: str = TABLE) -> RuleMatcher:
    return RuleMatcher([("rule.yml", text)], table)


def matches(text: str, event: Mapping[str, Any] | str) -> list[Match]:
    loaded = matcher(text)
    assert not loaded.faults, [(fault.line, fault.message) for fault in loaded.faults]
    line = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    found = loaded.match(line.encode())
    assert loaded.skipped == 0
    return found


def fires(text: str, event: Mapping[str, Any] | str) -> bool:
    return bool(matches(text, event))


def faults(text: str) -> list[RuleFault]:
    return matcher(text).faults
