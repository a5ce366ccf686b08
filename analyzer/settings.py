"""The [analyzer] table of settings.toml. Every key has a default; all faults are said at once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sensor.errors import SettingsError
from sensor.settings import Rule, text, whole

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class AnalyzerSettings:
    """data: the data folder; the rest are keys of [analyzer].

    address, port: where sensors connect. hosts: names or addresses sensors and browsers reach this machine by, besides
    the local ones (they go into the certificates). sensors: ids that get a certificate at start. inbox_mib: what may
    wait for the store. heap_mib: memory of the store's writer. retention_days: until an operator sets it otherwise.
    state: a PostgreSQL URL, empty for SQLite in the data folder.
    """

    data: Path
    address: str = "127.0.0.1"
    port: int = 8444
    hosts: Sequence[str] = ()
    sensors: Sequence[str] = ("sensor-1",)
    inbox_mib: int = 8_192
    heap_mib: int = 256
    retention_days: int = 180
    state: str = ""

    @property
    def inbox(self) -> Path:
        return self.data / "analyzer" / "inbox"

    @property
    def store(self) -> Path:
        return self.data / "analyzer" / "store"

    @property
    def ledger(self) -> Path:
        return self.data / "analyzer" / "ledger"

    @property
    def quarantine(self) -> Path:
        return self.data / "analyzer" / "quarantine"

    @property
    def database(self) -> str | Path:
        return self.state or self.data / "analyzer" / "state.db"

    @property
    def site_rules(self) -> Path:
        """The operator's own rules."""
        return self.data / "rules"

    @property
    def uploads(self) -> Path:
        return self.data / "run" / "uploads"

    @property
    def control_socket(self) -> Path:
        return self.data / "run" / "control.sock"


def _words(wanted: str) -> Rule:
    return Rule(list, wanted, lambda value: all(isinstance(item, str) and item for item in value))


RULES = {
    "address": text(r"[0-9A-Fa-f.:]{2,45}", "an IP address to listen on"),
    "port": whole(0, 65_535),
    "hosts": _words("a list of names or addresses"),
    "sensors": _words("a list of sensor ids"),
    "inbox_mib": whole(64, 1 << 24),
    "heap_mib": whole(64, 1 << 16),
    "retention_days": whole(1, 3_650),
    "state": text(r"(postgresql\+?[a-z0-9]*://\S+)?", "a postgresql:// URL, or nothing"),
}


def load_settings(data: Path) -> AnalyzerSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    path = data / "settings.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("analyzer", {}) if path.exists() else {}
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}", hint="correct the place named") from fault
    return from_table(data, table)


def from_table(data: Path, table: Any) -> AnalyzerSettings:
    """Raises SettingsError with one line per fault."""
    if not isinstance(table, dict):
        raise SettingsError(
            "settings.toml: [analyzer] is not a table", hint="write [analyzer] on a line of its own"
        )
    if faults := _faults(table):
        lines = "\n".join(f"settings.toml: [analyzer] {fault}" for fault in faults)
        raise SettingsError(lines, hint="correct these keys; every key may be left out")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return AnalyzerSettings(data=data, **values)


def _faults(table: Mapping[str, Any]) -> list[str]:
    known = {field.name for field in fields(AnalyzerSettings)} - {"data"}
    unknown = [
        f"{key}: there is no such key; there are {', '.join(sorted(known))}"
        for key in table
        if key not in known
    ]
    wrong = [
        f"{key}: wanted {RULES[key].wanted}, found {value!r}"
        for key, value in table.items()
        if key in known and (type(value) is not RULES[key].kind or not RULES[key].holds(value))
    ]
    return unknown + wrong
