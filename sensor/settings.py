"""The [sensor] table of settings.toml."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from sensor.table import Rule, read_table, text, whole, words

MIB = 1 << 20
ENDPOINTS = ("vxlan", "geneve", "gre")
"""Tunnels the sensor can be the end of: mirrors of clouds and of switches (ERSPAN is GRE) are sent to an address."""


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """data: the data folder; the rest are keys of [sensor].

    id: this sensor's name in its certificate and in event ids. analyzer: where the link connects.
    threads: decoder threads, 0 means one per core. memory_mib: flow table, reassembly and fragments together.
    files_mib: carved files kept, oldest deleted first; file_max_mib: longer ones are hashed and not kept.
    outbox_mib: what may wait while the analyzer is away. flush_ms: longest a live event waits for its batch.
    platforms: which networks belong to which platform, {"10.1.0.0/16" = "gov-cloud"}.
    interfaces: listened on. filter: what `starwatch sensor filter EXPRESSION` prints; the rest is not analysed.
    readers: threads and kernel rings of each interface. capture_ring_mib: each ring; retire_ms: longest wait in it.
    queue_mib: frames read and not decoded yet, all rings together; past half of it load is shed.
    duplicate_ms: a packet seen again within it is a mirror's duplicate; 0: none is removed.
    bulk_mib: under load a flow's payload past it is not analysed. endpoints: tunnels that end at this machine.
    ring_mib: packets kept on disk, the oldest go first; 5 % of the disk stay free whatever it says.
    user: whom a process started as root becomes once its sockets are open.
    """

    data: Path
    id: str = "sensor-1"
    analyzer: str = "wss://localhost:8444/link"
    interface: str = "tap0"
    threads: int = 0
    memory_mib: int = 256
    outbox_mib: int = 2048
    flush_ms: int = 50
    files_mib: int = 1024
    file_max_mib: int = 64
    interfaces: tuple[str, ...] = ()
    filter: str = ""
    readers: int = 1
    capture_ring_mib: int = 64
    retire_ms: int = 20
    queue_mib: int = 128
    duplicate_ms: int = 10
    bulk_mib: int = 1
    endpoints: tuple[str, ...] = ()
    ring_mib: int = 4096
    user: str = ""
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
    def ring(self) -> Path:
        return self.data / "sensor" / "ring"

    @property
    def files(self) -> Path:
        return self.data / "sensor" / "files"

    @property
    def refused(self) -> Path:
        return self.data / "sensor" / "refused"

    @property
    def workers(self) -> int:
        return self.threads or len(os.sched_getaffinity(0))


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
    "files_mib": whole(64, 1 << 24),
    "file_max_mib": whole(1, 1 << 12),
    "interfaces": words("names of interfaces"),
    "filter": text(r"(\d+(,\d+ \d+ \d+ \d+)+,?)?", "what `starwatch sensor filter EXPRESSION` prints"),
    "readers": whole(1, 64),
    "capture_ring_mib": whole(1, 4096),
    "retire_ms": whole(10, 60),
    "queue_mib": whole(8, 1 << 16),
    "duplicate_ms": whole(0, 1000),
    "bulk_mib": whole(0, 1 << 20),
    "endpoints": Rule(
        list, "some of " + ", ".join(ENDPOINTS), lambda value: all(one in ENDPOINTS for one in value)
    ),
    "ring_mib": whole(256, 1 << 24),
    "user": text(r"([a-z_][a-z0-9_-]{0,31})?", "the name of a user of this machine"),
    "platforms": Rule(dict, 'networks and names, like "10.1.0.0/16" = "gov-cloud"', are_platforms),
}


def data_folder(chosen: Path | None = None) -> Path:
    """The data folder: the one named, else $STARWATCH_DATA, else ./var."""
    return chosen or Path(os.environ.get("STARWATCH_DATA") or "var")


def load_settings(data: Path) -> SensorSettings:
    """From DATA/settings.toml; without the file everything is at its default. Raises SettingsError."""
    return SensorSettings(data, **read_table(data, "sensor", RULES))
