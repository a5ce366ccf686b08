"""How long events and alerts stay: whole days are dropped, never sooner than configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analyzer.store.base import Partition, StoreWriter

DEFAULT_DAYS = 180
"""Network logs are kept six months or longer: Cybersecurity Law of the PRC, article 21 (3)."""

NS_PER_DAY = 86_400 * 1_000_000_000


def expired(partitions: Sequence[Partition], *, days: int, now_ns: int) -> Sequence[Partition]:
    """Partitions of which the last event and the last writing both lie more than `days` days back.

    The writing counts because an old capture read today was collected today.
    """
    if days < 1:
        raise ValueError("retention is at least one day")
    limit = now_ns - days * NS_PER_DAY
    return [it for it in partitions if max(_end_ns(it.day), it.written_ns) <= limit]


def enforce(store: StoreWriter, *, days: int, now_ns: int) -> Sequence[Partition]:
    """Drops what has expired; answers what was dropped, for the audit record."""
    gone = expired(store.partitions(), days=days, now_ns=now_ns)
    for partition in gone:
        store.drop(partition.kind, partition.day)
    return gone


def _end_ns(day: str) -> int:
    last = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    return int(last.timestamp()) * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """bytes_per_day: mean of the recent whole days. needed: bytes at the full retention.

    days_left: until `free` bytes are used up at that rate; None when nothing grows.
    """

    bytes_per_day: int
    needed: int
    days_left: int | None


RECENT_DAYS = 7


def forecast(partitions: Sequence[Partition], *, days: int, free: int, now_ns: int) -> Forecast:
    """What the configured retention will take, from the last seven whole days of writing."""
    written = _bytes_by_day(partitions, now_ns)
    rate = sum(written) // len(written) if written else 0
    return Forecast(rate, rate * days, free // rate if rate else None)


def _bytes_by_day(partitions: Sequence[Partition], now_ns: int) -> Sequence[int]:
    today = now_ns // NS_PER_DAY
    sizes: dict[int, int] = {}
    for partition in partitions:
        written = partition.written_ns // NS_PER_DAY
        if today - RECENT_DAYS <= written < today:
            sizes[written] = sizes.get(written, 0) + partition.bytes
    return list(sizes.values())
