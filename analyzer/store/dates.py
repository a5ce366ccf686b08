"""Dates as people write them in a query, each as the stretch of time it names.

`2026`, `2026-03`, `2026-03-02`, `2026-03-02T08:30`, `…:05`, `…:05.123456`, with `Z` or an offset; UTC without.
`now`, `now-1h`, `now-7d/d`: s, m, h, d, w added or taken away, then rounded down to the unit after `/`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
NOW = re.compile(r"now((?:[+-][0-9]{1,9}[smhdw])*)(?:/([smhd]))?")
STEP = re.compile(r"([+-][0-9]+)([smhdw])")
DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Half open; as the catalogue's dates, UTC with microseconds."""

    start: str
    end: str


def parse(text: str, now_ns: int) -> Stretch | None:
    """The stretch a text names; None when it names none (also before year 1 or after 9999)."""
    try:
        return _relative(text, now_ns) if text.startswith("now") else _absolute(text)
    except (ValueError, OverflowError):
        return None


def _relative(text: str, now_ns: int) -> Stretch | None:
    found = NOW.fullmatch(text)
    if found is None:
        return None
    moment = EPOCH + timedelta(microseconds=now_ns // 1_000)
    for amount, unit in STEP.findall(found[1]):
        moment += int(amount) * UNITS[unit]
    length = US
    if found[2]:
        length = UNITS[found[2]]
        moment -= (moment - EPOCH) % length
    return _stretch(moment, length)


def _absolute(text: str) -> Stretch | None:
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"] or 1)
    start = datetime(year, month, int(found["day"] or 1), tzinfo=UTC)
    start += timedelta(hours=_below(found["hour"], 24), minutes=_below(found["minute"], 60))
    start += timedelta(seconds=_below(found["second"], 60))
    start += timedelta(microseconds=int((found["fraction"] or "").ljust(6, "0")[:6]))
    return _stretch(start - _zone(found["zone"]), _length(found, start))


def _below(text: str | None, limit: int) -> int:
    value = int(text or 0)
    if value >= limit:
        raise ValueError(text)
    return value


def _zone(text: str | None) -> timedelta:
    if text is None or text == "Z":
        return timedelta(0)
    offset = timedelta(hours=_below(text[1:3], 24), minutes=_below(text[-2:], 60))
    return offset if text[0] == "+" else -offset


def _length(found: re.Match[str], start: datetime) -> timedelta:
    if found["month"] is None:
        return start.replace(year=start.year + 1) - start
    if found["day"] is None:
        return (start + timedelta(days=31)).replace(day=1) - start
    named = {"fraction": US, "second": UNITS["s"], "minute": UNITS["m"]}
    return next((length for part, length in named.items() if found[part]), UNITS["d"])


def _stretch(start: datetime, length: timedelta) -> Stretch:
    return Stretch(_text(start), _text(start + length))


def _text(moment: datetime) -> str:
    # strftime's %Y does not pad years below 1000 everywhere.
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
