"""The console's part of settings.toml. Every key has a default; a wrong key or value is said with its name."""

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

MINUTE = 60
HOUR = 60 * MINUTE


class SettingsError(ValueError):
    """A key of [console] is unknown or its value does not fit; the message names it."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """address, port: where to listen. hosts: names browsers may use (Host header) besides the listening address.

    idle_seconds, session_seconds: a session ends after so long without a person's act, and after so long at all.
    """

    data: Path
    address: str = "127.0.0.1"
    port: int = 8443
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    idle_seconds: int = 15 * MINUTE
    session_seconds: int = 12 * HOUR
    web: Path | None = None

    def __post_init__(self) -> None:
        require(0 <= self.port <= 65535, "port", "0 to 65535")
        require(MINUTE <= self.idle_seconds <= self.session_seconds, "idle_seconds", "60 to session_seconds")
        require(self.session_seconds <= 24 * HOUR, "session_seconds", "at most 86400")

    @property
    def control_socket(self) -> Path:
        return self.data / "run" / "control.sock"

    @property
    def state(self) -> Path:
        return self.data / "analyzer" / "state.db"

    @property
    def ledger(self) -> Path:
        return self.data / "analyzer" / "ledger"

    @property
    def roles(self) -> Path:
        return laid_out("rules") / "roles" / "roles.toml"

    @property
    def certificate(self) -> Path:
        return self.data / "keys" / "console.crt"

    @property
    def key(self) -> Path:
        return self.data / "keys" / "console.key"


def require(holds: bool, key: str, wanted: str) -> None:
    if not holds:
        raise SettingsError(f"settings.toml: [console] {key}: wanted {wanted}")


def laid_out(name: str) -> Path:
    """A folder of the product's data: in the tree, else as installed."""
    tree = Path(__file__).resolve().parent.parent / name
    return tree if tree.is_dir() else Path(sys.prefix) / "share" / "starwatch" / name


def load_settings(data: Path) -> ConsoleSettings:
    """Read the [console] table of DATA/settings.toml; without the file everything is at its default."""
    path = data / "settings.toml"
    table = tomllib.loads(path.read_text("utf-8")).get("console", {}) if path.exists() else {}
    return from_table(data, table)


def from_table(data: Path, table: Mapping[str, Any]) -> ConsoleSettings:
    known = {field.name: field.type for field in fields(ConsoleSettings) if field.name != "data"}
    for key, value in table.items():
        require(key in known, key, f"one of {', '.join(sorted(known))}")
        require(fits(value, known[key]), key, str(known[key]))
    values = {key: adapted(key, value) for key, value in table.items()}
    return ConsoleSettings(data=data, **values)


def fits(value: Any, wanted: Any) -> bool:
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def adapted(key: str, value: Any) -> Any:
    if key == "hosts":
        return tuple(value)
    return Path(value) if key == "web" else value
