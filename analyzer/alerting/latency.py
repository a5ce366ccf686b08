"""How long alerts took from packet to rule and to screen, over the newest ones that came from live traffic."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyzer.state import AlertRow

NEWEST = 1_000
MILLISECOND = 1_000_000


def latency(db: Session) -> dict[str, Any]:
    """{p50_ms, p99_ms, count} from packet to screen, and the same to the rule under `matched`."""
    live = select(AlertRow.packet_ns, AlertRow.matched_ns, AlertRow.shown_ns).where(AlertRow.packet_ns > 0)
    rows = db.execute(live.order_by(AlertRow.matched_ns.desc()).limit(NEWEST)).all()
    shown = [shown - packet for packet, _, shown in rows if shown]
    return {**_percentiles(shown), "matched": _percentiles([matched - packet for packet, matched, _ in rows])}


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that at least `percent` of the values do not exceed; values sorted, not empty."""
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def _percentiles(spans: Sequence[int]) -> dict[str, Any]:
    ordered = sorted(spans)
    if not ordered:
        return {"p50_ms": None, "p99_ms": None, "count": 0}
    return {
        "p50_ms": percentile(ordered, 50) / MILLISECOND,
        "p99_ms": percentile(ordered, 99) / MILLISECOND,
        "count": len(ordered),
    }
