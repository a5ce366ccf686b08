"""The [analyzer] table of settings.toml."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sensor.table import address, read_table, whole, words

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class AnalyzerSettings:
    """data: the data folder; the rest are keys of [analyzer].

    address, port: where sensors connect. hosts: names or addresses sensors and browsers reach this machine by, besides
    the local ones (they go into the certificates). sensors: ids that get a certificate at start. inbox_mib: what may
    wait for the store. heap_mib: memory of the store's writer. retention_days: until an operator sets it otherwise.
    file_max_mib: the largest carved file that is taken; files_mib: what all kept ones may need. scan_workers: processes
    that judge files.
    """

    data: Path
    address: str = "127.0.0.1"
    port: int = 8444
    hosts: Sequence[str] = ()
    sensors: Sequence[str] = ("sensor-1",)
    inbox_mib: int = 8_192
    heap_mib: int = 256
    retention_days: int = 180
    evidence_mib: int = 4_096
    file_max_mib: int = 64
    files_mib: int = 4_096
    scan_workers: int = 1

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
    def evidence(self) -> Path:
        return self.data / "analyzer" / "evidence"

    @property
    def quarantine(self) -> Path:
        return self.data / "analyzer" / "quarantine"

    @property
    def files(self) -> Path:
        return self.data / "analyzer" / "files"

    @property
    def compiled(self) -> Path:
        """Compiled YARA rules: a cache."""
        return self.data / "analyzer" / "compiled"

    @property
    def database(self) -> Path:
        return self.data / "analyzer" / "state.db"

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


RULES = {
    "address": address(),
    "port": whole(0, 65_535),
    "hosts": words("a list of names or addresses"),
    "sensors": words("a list of sensor ids"),
    "inbox_mib": whole(64, 1 << 24),
    "heap_mib": whole(64, 1 << 16),
    "evidence_mib": whole(64, 1 << 24),
    "retention_days": whole(1, 3_650),
    "file_max_mib": whole(1, 1_024),
    "files_mib": whole(1, 1 << 24),
    "scan_workers": whole(1, 64),
}


def load_settings(data: Path) -> AnalyzerSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    return AnalyzerSettings(data, **read_table(data, "analyzer", RULES))
