"""Round intervals for a histogram over time."""

from collections.abc import Mapping, Sequence

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND

STEPS = (
    *(1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    *(SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3_650 * DAY),
)
"""Lengths people can read off an axis, ns."""

MAX_BUCKETS = 1_000
"""More bars than a screen has room for."""


def interval_for(length_ns: int, buckets: int) -> int:
    """The shortest step that covers the length in at most `buckets` bars, whole ones counted from 1970."""
    wanted = max(1, min(buckets, MAX_BUCKETS))
    # A span that is not aligned touches one bar more than its length says.
    for step in STEPS:
        if length_ns + step <= wanted * step or (wanted == 1 and length_ns <= step):
            return step
    return -(-length_ns // max(1, wanted - 1)) or 1


def without_gaps(
    counts: Mapping[int, int], start_ns: int, end_ns: int, interval_ns: int
) -> Sequence[tuple[int, int]]:
    """(start, count) of every interval the half-open span touches."""
    if end_ns <= start_ns:
        return []
    first = start_ns // interval_ns * interval_ns
    return [(at, counts.get(at, 0)) for at in range(first, end_ns, interval_ns)]
