from pathlib import Path

import pytest

from analyzer.store.base import EVERYTHING, Partition, Search
from analyzer.store.embedded import EmbeddedWriter
from analyzer.store.retention import DEFAULT_DAYS, NS_PER_DAY, enforce, expired, forecast

MARCH_2 = 20_514 * NS_PER_DAY
"""2026-03-02T00:00:00Z"""


def partition(day: str, written_ns: int = 0, size: int = 100) -> Partition:
    return Partition("events", day, 1, size, written_ns)


def test_six_months_unless_said_otherwise() -> None:
    assert DEFAULT_DAYS == 180


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


def test_what_was_dropped_is_told(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    store.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z"}\n{"@timestamp":"2026-03-04T00:00:00Z"}', 0)
    store.append("alerts", b'{"@timestamp":"2026-03-02T00:00:00Z"}', 0)
    store.commit()
    written = max(it.written_ns for it in store.partitions())
    assert enforce(store, days=180, now_ns=written) == []
    dropped = enforce(store, days=180, now_ns=written + 180 * NS_PER_DAY)
    assert sorted((it.kind, it.day, it.documents) for it in dropped) == [
        ("alerts", "2026-03-02", 1),
        ("events", "2026-03-02", 1),
        ("events", "2026-03-04", 1),
    ]
    assert store.search(Search(EVERYTHING)).total == 0


def test_forecast_from_the_recent_whole_days() -> None:
    days = [
        partition("x", MARCH_2 - back * NS_PER_DAY, size) for back, size in [(1, 100), (2, 300), (40, 9_999)]
    ]
    today = partition("x", MARCH_2 + 5, 7_777)
    found = forecast([*days, today], days=180, free=1_000, now_ns=MARCH_2 + 10)
    assert (found.bytes_per_day, found.needed, found.days_left) == (200, 36_000, 5)


def test_forecast_of_nothing() -> None:
    found = forecast([], days=180, free=1_000, now_ns=MARCH_2)
    assert (found.bytes_per_day, found.needed, found.days_left) == (0, 0, None)
