"""The desk over real files and real rules."""

from pathlib import Path
from typing import Any

import pytest

from analyzer.control.desk import Desk, summary
from analyzer.errors import ConflictError, NotFoundError
from analyzer.rulebook import Rulebook, load, shipped


class Seats:
    def __init__(self) -> None:
        self.rulebook = load(shipped())
        self.told: list[str] = []

    def seat(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.told.append("seated")


def desk(seats: Seats, folder: Path, **more: Any) -> Desk:
    parts: dict[str, Any] = {
        "default_retention_days": 180,
        "seats": seats,
        "load": lambda: load(shipped()),
        "reloaded": lambda: seats.told.append("reloaded"),
        "retained": lambda: None,
        "remarks": lambda: [{"path": "a.yml", "message": "odd"}],
        "report": dict,
        "uploads": folder / "uploads",
        "inbound": folder / "new",
    }
    return Desk(**{**parts, **more})


def test_a_capture_goes_from_uploads_to_the_sensor(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "a.pcap").write_bytes(b"x")
    (tmp_path / "uploads" / "link.pcap").symlink_to("/etc/passwd")
    made = desk(Seats(), tmp_path)
    hand_over = made.submit_capture("a.pcap")
    assert not (tmp_path / "new").exists()
    hand_over()
    assert (tmp_path / "new" / "a.pcap").read_bytes() == b"x"
    for name in ("a.pcap", "link.pcap", "absent.pcap"):
        with pytest.raises(NotFoundError):
            made.submit_capture(name)
    (tmp_path / "uploads" / "a.pcap").write_bytes(b"y")
    with pytest.raises(ConflictError):
        made.submit_capture("a.pcap")


def test_new_rules_come_into_effect_after_the_record(tmp_path: Path) -> None:
    seats = Seats()
    made = desk(seats, tmp_path)
    told, put_into_effect = made.load_rules()
    assert told == summary(seats.rulebook)
    assert seats.told == []
    put_into_effect()
    assert seats.told == ["seated", "reloaded"]


def test_remarks_are_faults_of_rules_in_force(tmp_path: Path) -> None:
    told = desk(Seats(), tmp_path).rules()
    assert told["faults"][-1] == {"path": "a.yml", "message": "odd"}
    assert len(told["rules"]) >= 12
