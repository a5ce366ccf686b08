"""The [console] table of settings.toml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer import settings as analyzer
from sensor.layout import laid_out
from sensor.table import Fault, address, read_table, text, whole, words

MINUTE = 60
HOUR = 60 * MINUTE
IDLE_SECONDS = 15 * MINUTE
SESSION_SECONDS = 12 * HOUR


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
    idle_seconds: int = IDLE_SECONDS
    session_seconds: int = SESSION_SECONDS
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


RULES = {
    "address": address(),
    "port": whole(0, 65_535),
    "hosts": words("a list of names or addresses"),
    "idle_seconds": whole(MINUTE, 24 * HOUR),
    "session_seconds": whole(MINUTE, 24 * HOUR),
    "web": text(r".*", "a folder"),
}


def load_settings(data: Path) -> ConsoleSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    keys = read_table(data, "console", RULES, faults_together)
    return ConsoleSettings(analyzer.load_settings(data), **keys)


def faults_together(table: Mapping[str, Any]) -> Iterator[Fault]:
    idle = table.get("idle_seconds", IDLE_SECONDS)
    if idle > table.get("session_seconds", SESSION_SECONDS):
        yield "idle_seconds", "wanted at most session_seconds"
