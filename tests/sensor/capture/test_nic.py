"""The kernel's own counters."""

from pathlib import Path

from sensor.capture.nic import Nic, read_nics

HEAD = "Inter-| Receive | Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs\n"
TABLE = f"""{HEAD}    lo:     640       8    0    0    0     0          0         0      640       8    0    0
ens2f0: 9000000    7000    3   11    2     1          0         5       42       1    0    0
"""


def test_counters_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "dev"
    path.write_text(TABLE)
    assert read_nics(path) == {
        "lo": Nic(640, 8, 0, 0, 8),
        "ens2f0": Nic(9_000_000, 7000, 3, 13, 1),
    }


def test_this_machine_has_interfaces() -> None:
    assert "lo" in read_nics()
