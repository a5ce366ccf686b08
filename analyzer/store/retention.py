"""How long events and alerts stay: whole days are dropped, never sooner than configured."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analyzer.store.base import Partition

NS_PER_DAY = 86_400 * 1_000_000_000


def expired(partitions: Sequence[Partition], *, days: int, now_ns: int) -> Sequence[Partition]:
    """Partitions of which the last event and the last writing both lie more than `days` days back.

    The writing counts because an old capture read today was collected today.
    """
    if days < 1:
        raise ValueError("retention is at least one day")
    limit = now_ns - days * NS_PER_DAY
    return [it for it in partitions if max(_end_ns(it.day), it.written_ns) <= limit]


def _end_ns(day: str) -> int:
    last = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    return int(last.timestamp()) * 1_000_000_000
