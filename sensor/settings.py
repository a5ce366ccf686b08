"""The [sensor] table of settings.toml. Every key has a default; all faults are said at once, each with its line."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from sensor.errors import SettingsError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """data: the data folder; the rest are keys of [sensor].

    id: this sensor's name in its certificate and in event ids. analyzer: where the link connects.
    threads: decoder threads, 0 means one per core. memory_mib: flow table, reassembly and fragments together.
    outbox_mib: what may wait while the analyzer is away. flush_ms: longest a live event waits for its batch.
    platforms: which networks belong to which platform, {"10.1.0.0/16" = "gov-cloud"}.
    """

    data: Path
    id: str = "sensor-1"
    analyzer: str = "wss://localhost:8444/link"
    interface: str = "tap0"
    threads: int = 0
    memory_mib: int = 256
    outbox_mib: int = 2048
    flush_ms: int = 50
    platforms: Mapping[str, str] = field(default_factory=dict)

    @property
    def captures(self) -> Path:
        return self.data / "sensor" / "captures"

    @property
    def outbox(self) -> Path:
        return self.data / "sensor" / "outbox"

    @property
    def acked(self) -> Path:
        return self.data / "sensor" / "acked"

    @property
    def refused(self) -> Path:
        return self.data / "sensor" / "refused"

    @property
    def workers(self) -> int:
        return self.threads or len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a key's value must be: `holds` is asked only for values of `kind`."""

    kind: type
    wanted: str
    holds: Any


def whole(lowest: int, highest: int) -> Rule:
    return Rule(int, f"a whole number from {lowest} to {highest}", lambda value: lowest <= value <= highest)


def text(pattern: str, wanted: str) -> Rule:
    return Rule(str, wanted, re.compile(pattern).fullmatch)


def are_platforms(table: Mapping[str, Any]) -> bool:
    return all(is_network(network) and isinstance(name, str) and name for network, name in table.items())


def is_network(value: str) -> bool:
    try:
        ip_network(value)
    except ValueError:
        return False
    return True


RULES = {
    "id": text(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "1 to 63 small letters, digits and dashes"),
    "analyzer": text(r"wss://[^/\s]+/link", "wss://HOST:PORT/link"),
    "interface": text(r"[A-Za-z0-9._:@-]{1,64}", "a name of an interface"),
    "threads": whole(0, 256),
    "memory_mib": whole(16, 1 << 20),
    "outbox_mib": whole(64, 1 << 24),
    "flush_ms": whole(1, 1000),
    "platforms": Rule(dict, 'networks and names, like "10.1.0.0/16" = "gov-cloud"', are_platforms),
}


def data_folder(chosen: Path | None = None) -> Path:
    """The data folder: the one named, else $STARWATCH_DATA, else ./var."""
    return chosen or Path(os.environ.get("STARWATCH_DATA") or "var")


def load_settings(data: Path) -> SensorSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    path = data / "settings.toml"
    try:
        document = path.read_text("utf-8") if path.exists() else ""
        table = tomllib.loads(document).get("sensor", {})
    except (OSError, ValueError) as fault:
        raise SettingsError(
            f"{path} cannot be read: {fault}", hint="Correct the place named, or remove the file."
        ) from fault
    return from_table(data, table, document)


def from_table(data: Path, table: Any, document: str = "") -> SensorSettings:
    """Raises SettingsError with one line per fault."""
    if not isinstance(table, dict):
        raise SettingsError(
            "settings.toml: [sensor] is not a table", hint="Write [sensor] on a line of its own."
        )
    faults = [
        f"settings.toml:{line_of(document, key)}: [sensor] {key}: {why}" for key, why in find_faults(table)
    ]
    if faults:
        raise SettingsError("\n".join(faults), hint="Correct these keys; every key may be left out.")
    return SensorSettings(data=data, **table)


def find_faults(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, what is wanted) of every wrong key."""
    faults = []
    for key, value in table.items():
        rule = RULES.get(key)
        if rule is None:
            faults.append((key, f"there is no such key; there are {', '.join(sorted(RULES))}"))
        elif type(value) is not rule.kind or not rule.holds(value):
            faults.append((key, f"wanted {rule.wanted}, found {value!r}"))
    return faults


def line_of(document: str, key: str) -> int:
    """Line of a key in the [sensor] table, from 1; 0 when it cannot be told."""
    inside = False
    for number, line in enumerate(document.splitlines(), 1):
        heading = re.match(r"\s*\[\s*([^]]+?)\s*\]", line)
        if heading:
            inside = heading[1] == "sensor"
            if heading[1] == f"sensor.{key}":
                return number
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return 0
