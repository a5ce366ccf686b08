"""The events the analyzer makes of files: a rule that hit, something that is wrong with a file."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What goes with a hit from the file event it is about (names in sensor/events/catalogue.toml).
CONTEXT = (
    "observer",
    "platform",
    "source",
    "destination",
    "network",
    "tunnel",
    "related",
    "url",
    "email",
    "file",
)
# A file event is some kB; what is longer keeps who and what.
MAX_CONTEXT = 64 << 10
SHORT_CONTEXT = ("observer", "platform", "source", "destination", "network")
ID_DIGITS = 24
ANALYZER = "analyzer"
Event = dict[str, Any]


def context_of(event: Mapping[str, Any], sha256: str) -> Event:
    """What is kept of a file event until its file is judged."""
    kept: Event = {name: event[name] for name in CONTEXT if name in event}
    if len(json.dumps(kept)) > MAX_CONTEXT:
        kept = {name: event[name] for name in SHORT_CONTEXT if name in event}
        kept["file"] = {"hash": {"sha256": sha256}}
    time_ns = _dig(event, "starwatch", "time_ns")
    kept["@timestamp"] = str(event.get("@timestamp", ""))
    if type(time_ns) is int and abs(time_ns) < 1 << 63:
        kept["starwatch"] = {"time_ns": time_ns}
    return kept


def hit(found: Mapping[str, Any], sighting: str, context: Mapping[str, Any], version: str) -> Event:
    """The event of one rule that hit on the file of one sighting. found: as in FileVerdict.hits."""
    strings = found["strings"]
    yara: Event = {
        "strings": [it["name"] for it in strings],
        "offsets": [it["offset"] for it in strings],
        "excerpts": [it["excerpt"] for it in strings],
        "patterns": [it["pattern"] for it in strings],
        "tags": found["tags"],
        "archive_member": found.get("member", ""),
        "member_sha256": found.get("member_sha256", ""),
        "receiver": receiver(context),
        "content_version": version,
    }
    rule = {"name": found["rule"], "id": found["id"], "ruleset": found["ruleset"]}
    starwatch = {**context.get("starwatch", {}), "file_event": sighting}
    identity = identifier("yara", sighting, found["ruleset"], found["rule"], found.get("member", ""))
    return {
        **context,
        "event": about(identity, "starwatch.yara", "malware", "indicator"),
        "starwatch": starwatch,
        "rule": rule,
        "yara": {name: value for name, value in yara.items() if value not in ("", [])},
    }


def anomaly(kind: str, sha256: str, detail: str, context: Mapping[str, Any], now_ns: int) -> Event:
    """Something is wrong with a file, or was with judging it. context: of a sighting of it, or nothing."""
    found: Event = {
        "observer": {"id": ANALYZER},
        "platform": {"id": ["unassigned"]},
        **{name: context[name] for name in SHORT_CONTEXT if name in context},
        "@timestamp": timestamp(now_ns),
        "starwatch": {"time_ns": now_ns},
        "event": about(identifier(kind, sha256, detail), "starwatch.anomaly", "file", "error"),
        "anomaly": {"kind": kind, "layer": "files", "count": 1, "detail": detail},
    }
    if sha256:
        name = _dig(context, "file", "name")
        found["file"] = {"hash": {"sha256": sha256}} | ({"name": name} if isinstance(name, str) else {})
    return found


def receiver(context: Mapping[str, Any]) -> str:
    """Address the file went to; empty when the event does not tell."""
    side = {"server": "source", "client": "destination"}.get(str(_dig(context, "file", "sender")), "")
    address = _dig(context, side, "ip")
    return address if isinstance(address, str) else ""


def about(identity: str, dataset: str, category: str, kind: str) -> Event:
    return {"id": identity, "kind": "event", "category": [category], "type": [kind], "dataset": dataset}


def identifier(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
    return f"{ANALYZER}-{parts[0]}-{digest[:ID_DIGITS]}"


def timestamp(at_ns: int) -> str:
    return (EPOCH + timedelta(microseconds=at_ns // 1_000)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _dig(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
