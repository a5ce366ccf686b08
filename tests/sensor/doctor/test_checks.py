"""What the doctor concludes from what was seen."""

from typing import Any

import pytest

from sensor.capture.nic import Nic
from sensor.doctor.checks import Finding, Seen, judge
from sensor.doctor.driver import Driver

COUNTS = {"wire": 1000, "duplicate": 0, "dropped": 0, "shed": 0, "merged": 0}


def talk(answered: bool = True, vlan: str = "") -> dict[str, Any]:
    network: dict[str, Any] = {"transport": "tcp"} | ({"vlan": {"id": vlan}} if vlan else {})
    return {"network": network, "source": {"packets": 3}, "destination": {"packets": 2 if answered else 0}}


def seen(**changes: Any) -> Seen:
    flows = (talk(vlan="100"), *(talk() for _ in range(30)), talk(vlan="7"))
    usual: dict[str, Any] = {
        "interface": "tap0",
        "seconds": 2.0,
        "driver": Driver(True, (), (4096, 4096)),
        "before": Nic(),
        "after": Nic(packets=1000),
        "counts": COUNTS,
        "flows": flows,
    }
    return Seen(**usual | changes)


def finding(check: str, case: Seen) -> Finding:
    return next(each for each in judge(case) if each.check == check)


def test_a_healthy_tap_has_nothing_to_mend() -> None:
    findings = [each for each in judge(seen()) if each.check != "clock"]
    assert {each.verdict for each in findings} == {"good"}
    assert {each.mend for each in findings} == {("", "")}
    assert finding("vlans", seen()).found[1].endswith("7, 100")
    assert "500" in finding("rate", seen()).found[1]


@pytest.mark.parametrize(
    ("check", "verdict", "changes"),
    [
        ("link", "bad", {"driver": Driver(False, (), None)}),
        ("rate", "bad", {"counts": COUNTS | {"wire": 0}}),
        ("directions", "bad", {"flows": tuple(talk(answered=False) for _ in range(40))}),
        ("directions", "note", {"flows": (talk(),)}),
        ("duplicates", "note", {"counts": COUNTS | {"duplicate": 500}}),
        ("losses", "bad", {"after": Nic(dropped=4)}),
        ("losses", "bad", {"after": Nic(errors=4)}),
        ("losses", "bad", {"counts": COUNTS | {"dropped": 1}}),
        ("offloads", "note", {"driver": Driver(True, ("GRO",), None)}),
        ("offloads", "note", {"counts": COUNTS | {"merged": 3}}),
        ("rings", "note", {"driver": Driver(True, (), (512, 4096))}),
    ],
)
def test_what_is_wrong_is_said_with_how_to_mend_it(check: str, verdict: str, changes: dict[str, Any]) -> None:
    found = finding(check, seen(**changes))
    assert found.verdict == verdict
    assert all(found.mend)
    assert all(found.found)
