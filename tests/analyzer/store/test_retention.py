from pathlib import Path

import pytest

from analyzer.store.base import EVERYTHING, Partition, Search
from analyzer.store.embedded import EmbeddedWriter
from analyzer.store.retention import NS_PER_DAY, expired

MARCH_2 = 20_514 * NS_PER_DAY
"""2026-03-02T00:00:00Z"""


def partition(day: str, written_ns: int = 0, size: int = 100) -> Partition:
    return Partition("events", day, 1, size, written_ns)


@pytest.mark.parametrize(
    ("day", "now_ns", "gone"),
    [
        ("2026-03-02", MARCH_2 + 4 * NS_PER_DAY - 1, False),
        ("2026-03-02", MARCH_2 + 4 * NS_PER_DAY, True),
        ("2026-03-02", MARCH_2, False),
        ("2026-03-03", MARCH_2 + 4 * NS_PER_DAY, False),
    ],
)
def test_a_day_goes_when_its_last_moment_is_old_enough(day: str, now_ns: int, gone: bool) -> None:
    assert bool(expired([partition(day)], days=3, now_ns=now_ns)) is gone


def test_an_old_capture_read_today_stays_as_long_as_today() -> None:
    read_today = partition("2010-01-01", written_ns=MARCH_2)
    assert expired([read_today], days=3, now_ns=MARCH_2 + 3 * NS_PER_DAY - 1) == []
    assert expired([read_today], days=3, now_ns=MARCH_2 + 3 * NS_PER_DAY) == [read_today]


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_a_day_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        expired([], days=days, now_ns=MARCH_2)


def test_what_has_expired_is_what_a_store_can_drop(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    store.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z"}\n{"@timestamp":"2026-03-04T00:00:00Z"}', 0)
    store.append("alerts", b'{"@timestamp":"2026-03-02T00:00:00Z"}', 0)
    store.commit()
    written = max(it.written_ns for it in store.partitions())
    assert expired(store.partitions(), days=180, now_ns=written) == []
    gone = expired(store.partitions(), days=180, now_ns=written + 180 * NS_PER_DAY)
    for it in gone:
        store.drop(it.kind, it.day)
    assert sorted((it.kind, it.day, it.documents) for it in gone) == [
        ("alerts", "2026-03-02", 1),
        ("events", "2026-03-02", 1),
        ("events", "2026-03-04", 1),
    ]
    assert store.search(Search(EVERYTHING)).total == 0
