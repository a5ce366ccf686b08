"""Rules, retention, captures."""

import pytest

from tests.analyzer.control.desk import Office


def test_shortening_is_said_twice_and_recorded(office: Office) -> None:
    assert office.refusal("retention.set", {"days": 90}) == "conflict"
    assert office.refusal("retention.set", {"days": 90, "confirm": 89}) == "conflict"
    assert office.desk.handed_over == []
    office.done("retention.set", {"days": 90, "confirm": 90})
    record = office.trail()[-1]
    assert (record.before, record.after) == ({"days": 180}, {"days": 90})
    assert office.desk.handed_over == ["retention"]
    office.done("retention.set", {"days": 365})
    assert office.trail()[-1].before == {"days": 90}


@pytest.mark.parametrize("days", [0, -1, 3_651])
def test_days_have_bounds(office: Office, days: int) -> None:
    assert office.refusal("retention.set", {"days": days, "confirm": days}) == "invalid"


@pytest.mark.parametrize("name", ["", "../one.pcap", ".hidden", "a/b", "a b", "-x", "x" * 129, "a\x00"])
def test_a_capture_is_named_not_pathed(office: Office, name: str) -> None:
    assert office.refusal("capture.submit", {"name": name}) == "invalid"


def test_a_capture_is_handed_over_after_it_was_recorded(office: Office) -> None:
    assert office.refusal("capture.submit", {"name": "two.pcap"}) == "not_found"
    office.done("capture.submit", {"name": "one.pcap"})
    assert office.desk.handed_over == ["one.pcap"]


def test_reloading_says_what_changed(office: Office) -> None:
    assert office.done("rules.read")["content_version"] == "v1"
    assert office.done("rules.reload") == {"content_version": "v2"}
    record = office.trail()[-1]
    assert (record.before, record.after) == ({"content_version": "v1"}, {"content_version": "v2"})
    assert office.done("rules.read")["content_version"] == "v2"
