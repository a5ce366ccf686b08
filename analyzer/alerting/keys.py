"""What makes alerts the same: rule, platform, victim and bucket of event time. A replay gives the same ids."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from analyzer.records import Rule

# Repeats within an hour of event time are one alert; a new hour is a new alert in the same group.
BUCKET_NS = 3_600 * 1_000_000_000
# The victim, as far as a single event tells: who was asked.
DEFAULT_GROUP_BY = ("destination.ip",)
UNASSIGNED = "unassigned"
# Values come from the network: longer ones are cut for the key and the screen; the event has them whole.
MAX_VALUE = 256
MAX_VALUES = 16
ID_DIGITS = 32


def event_ns(event: Mapping[str, Any]) -> int:
    """Event time, ns since 1970; 0 when the event has none."""
    exact = next(leaves(event, "starwatch.time_ns"), None)
    if type(exact) is int and abs(exact) < 2**63:
        return exact
    try:
        moment = datetime.fromisoformat(str(event.get("@timestamp")))
        return int(moment.timestamp() * 1_000_000) * 1_000
    except (ValueError, OverflowError):
        return 0


def bucket_ns(at_ns: int) -> int:
    """Start of the bucket an event falls into."""
    return at_ns // BUCKET_NS * BUCKET_NS


def leaves(event: Any, name: str) -> Iterator[Any]:
    """Every value of a field named with dots, through lists and objects; dotted keys count as nested ones."""
    if isinstance(event, list):
        for item in event:
            yield from leaves(item, name)
    elif not name:
        if event is not None and not isinstance(event, Mapping):
            yield _sound(event)
    elif isinstance(event, Mapping):
        for key, inner in event.items():
            if key == name:
                yield from leaves(inner, "")
            elif name.startswith(f"{key}."):
                yield from leaves(inner, name[len(key) + 1 :])


def _sound(value: Any) -> Any:
    """JSON can name half a surrogate pair; no database and no screen takes one."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def text(event: Mapping[str, Any], name: str) -> str:
    """The field as one line of text: several values sorted, each once; empty when absent."""
    values = {str(value)[:MAX_VALUE] for value in leaves(event, name)}
    return ", ".join(sorted(values)[:MAX_VALUES])


def platforms_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    named = {str(value)[:MAX_VALUE] for value in leaves(event, "platform.id")}
    return tuple(sorted(named)) or (UNASSIGNED,)


def entities_of(rule: Rule, event: Mapping[str, Any]) -> dict[str, str]:
    """The values the rule groups by; a field the event lacks is left out."""
    found = {name: text(event, name) for name in rule.group_by or DEFAULT_GROUP_BY}
    return {name: value for name, value in found.items() if value}


def group_id(rule: str, platforms: Sequence[str], entities: Mapping[str, str]) -> str:
    return _digest([rule, list(platforms), sorted(entities.items())])


def alert_id(rule: str, platforms: Sequence[str], entities: Mapping[str, str], bucket: int) -> str:
    return _digest([rule, list(platforms), sorted(entities.items()), bucket])


def _digest(key: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(key, separators=(",", ":")).encode()).hexdigest()[:ID_DIGITS]
