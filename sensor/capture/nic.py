"""What the kernel says of its interfaces. /proc/net/dev is of the process's own network namespace; /sys need not be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/proc/net/dev")
RECEIVED = ("bytes", "packets", "errors", "dropped", "fifo")


@dataclass(frozen=True, slots=True)
class Nic:
    """Counts since the interface exists. dropped: by card or driver, with what found no room in its queue (fifo)."""

    bytes: int = 0
    packets: int = 0
    errors: int = 0
    dropped: int = 0
    sent: int = 0


def read_nics(path: Path = DEVICES) -> Mapping[str, Nic]:
    """Every interface by its name."""
    return dict(parse_line(line) for line in path.read_text().splitlines()[2:])


def parse_line(line: str) -> tuple[str, Nic]:
    """`name: received bytes, packets, errs, drop, fifo, frame, compressed, multicast, sent bytes, packets, …`."""
    name, _, numbers = line.rpartition(":")
    octets, packets, errors, dropped, fifo, _, _, _, _, sent = (int(each) for each in numbers.split()[:10])
    return name.strip(), Nic(octets, packets, errors, dropped + fifo, sent)
