"""Percentiles over live alerts only, by the nearest rank."""

from pathlib import Path

import pytest

from analyzer.alerting.latency import latency, percentile
from analyzer.state import AlertRow, close
from tests.analyzer.control.groups import add_group
from tests.analyzer.state.fresh import fresh_state

MS = 1_000_000


@pytest.mark.parametrize(("percent", "value"), [(1, 1), (50, 50), (99, 99), (100, 100)])
def test_nearest_rank(percent: int, value: int) -> None:
    assert percentile(range(1, 101), percent) == value
    assert percentile([7], percent) == 7


def test_only_what_was_live_and_shown_counts(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    with sessions() as db:
        assert latency(db) == {
            "p50_ms": None,
            "p99_ms": None,
            "count": 0,
            "matched": {"p50_ms": None, "p99_ms": None, "count": 0},
        }
    for number, (packet, shown) in enumerate([(10, 110), (10, 310), (0, 400), (10, 0)]):
        add_group(sessions, f"g{number}")
        with sessions.begin() as db:
            row = db.get_one(AlertRow, f"g{number}-a")
            row.packet_ns, row.matched_ns, row.shown_ns = packet * MS, 15 * MS, shown * MS
    with sessions() as db:
        found = latency(db)
    assert (found["p50_ms"], found["p99_ms"], found["count"]) == (100, 300, 2)
    assert found["matched"] == {"p50_ms": 5, "p99_ms": 5, "count": 3}
    close(sessions)
