"""Which files a group's events name; the rest of the way is tested over HTTP (tests/console/api/test_evidence.py)."""

from typing import Any

from console.evidence.holdings import MAX_FILES, named_files


def test_files_of_events_each_once_in_their_order() -> None:
    events: list[dict[str, Any]] = [
        {"file": {"hash": {"sha256": "b"}}},
        {"file": {"name": "x.exe", "hash": {"sha256": ["a", "b"]}}},
        {"file": {"name": "nothing"}},
        {"file": {"name": "late.exe", "hash": {"sha256": "a"}}},
    ]
    assert list(named_files(events).items()) == [("b", "x.exe"), ("a", "x.exe")]


def test_so_many_files_and_no_more() -> None:
    events = [{"file": {"hash": {"sha256": str(number)}}} for number in range(MAX_FILES + 5)]
    assert len(named_files(events)) == MAX_FILES
