import pytest

from analyzer.store.intervals import DAY, HOUR, MAX_BUCKETS, MINUTE, SECOND, interval_for, without_gaps


@pytest.mark.parametrize(
    ("length", "buckets", "interval"),
    [
        (DAY, 25, HOUR),
        (DAY, 24, 3 * HOUR),
        (HOUR, 61, MINUTE),
        (HOUR, 100, MINUTE),
        (1, 10, 1_000),
        (SECOND, 2, SECOND),
        (DAY, 1, DAY),
    ],
)
def test_the_shortest_round_interval_that_fits(length: int, buckets: int, interval: int) -> None:
    assert interval_for(length, buckets) == interval


@pytest.mark.parametrize("length", [1, 999, SECOND, DAY - 1, 400 * DAY, 100_000 * DAY])
@pytest.mark.parametrize("buckets", [2, 10, 60, 1_000, 100_000])
@pytest.mark.parametrize("start", [0, 1, 12_345_678_901])
def test_never_more_bars_than_asked_wherever_the_span_begins(length: int, buckets: int, start: int) -> None:
    interval = interval_for(length, buckets)
    bars = without_gaps({}, start, start + length, interval)
    assert 1 <= len(bars) <= min(buckets, MAX_BUCKETS)
    assert bars[0][0] <= start
    assert bars[-1][0] + interval >= start + length


def test_counts_fill_their_bars() -> None:
    assert without_gaps({10: 5}, 3, 25, 10) == [(0, 0), (10, 5), (20, 0)]
    assert without_gaps({10: 5}, 25, 25, 10) == []
