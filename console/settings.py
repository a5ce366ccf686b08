"""The [console] table of settings.toml. Every key has a default; all faults are said at once."""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from analyzer import settings as analyzer
from sensor.errors import SettingsError
from sensor.settings import Rule, text, whole

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """analyzer: whose state, store, trail and control service this console works with; the rest are keys of [console].

    address, port: where browsers connect. hosts: names and addresses they may use for it, besides the local ones.
    idle_seconds, session_seconds: a session ends after so long without a person's act, and after so long at all.
    web: folder of the built web console, when it is neither in the tree nor installed.
    """

    analyzer: analyzer.AnalyzerSettings
    address: str = "127.0.0.1"
    port: int = 8443
    hosts: Sequence[str] = ()
    idle_seconds: int = 15 * MINUTE
    session_seconds: int = 12 * HOUR
    web: str = ""

    @property
    def known_hosts(self) -> Sequence[str]:
        """What a Host header may name, without the port."""
        return ("localhost", "127.0.0.1", "[::1]", self.address, *self.hosts, *self.analyzer.hosts)

    @property
    def roles(self) -> Path:
        return laid_out("rules") / "roles" / "roles.toml"

    @property
    def certificate(self) -> Path:
        return self.analyzer.data / "keys" / "console.crt"

    @property
    def key(self) -> Path:
        return self.analyzer.data / "keys" / "console.key"


def are_hosts(value: Sequence[Any]) -> bool:
    return all(isinstance(item, str) and item for item in value)


RULES = {
    "address": text(r"[0-9A-Fa-f.:]{2,45}", "an IP address to listen on"),
    "port": whole(0, 65_535),
    "hosts": Rule(list, "a list of names or addresses", are_hosts),
    "idle_seconds": whole(MINUTE, 24 * HOUR),
    "session_seconds": whole(MINUTE, 24 * HOUR),
    "web": text(r".*", "a folder"),
}


def load_settings(data: Path) -> ConsoleSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    path = data / "settings.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("console", {}) if path.exists() else {}
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}", hint="correct the place named") from fault
    return from_table(analyzer.load_settings(data), table)


def from_table(beside: analyzer.AnalyzerSettings, table: Any) -> ConsoleSettings:
    """Raises SettingsError with one line per fault."""
    if not isinstance(table, dict):
        raise SettingsError(
            "settings.toml: [console] is not a table", hint="write [console] on a line of its own"
        )
    if faults := find_faults(table):
        lines = "\n".join(f"settings.toml: [console] {fault}" for fault in faults)
        raise SettingsError(lines, hint="correct these keys; every key may be left out")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return ConsoleSettings(beside, **values)


def find_faults(table: Mapping[str, Any]) -> list[str]:
    known = {field.name for field in fields(ConsoleSettings)} - {"analyzer"}
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
    idle, longest = table.get("idle_seconds", 0), table.get("session_seconds", 24 * HOUR)
    late = [] if wrong or idle <= longest else ["idle_seconds: wanted at most session_seconds"]
    return unknown + wrong + late


def laid_out(name: str) -> Path:
    """A folder of the product's data: in the tree, else as installed."""
    tree = Path(__file__).resolve().parent.parent / name
    return tree if tree.is_dir() else Path(sys.prefix) / "share" / "starwatch" / name
