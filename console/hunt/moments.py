"""Moments as people and programs write them: ns since 1970, ISO 8601, `now`, `now-15m`."""

import re
from datetime import UTC, datetime

from console.errors import ConsoleError

NS = 1_000_000_000
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
RELATIVE = re.compile(r"now(?:([+-])([0-9]{1,6})([smhdw]))?")
DIGITS = re.compile(r"-?[0-9]{1,19}")
LARGEST = 2**63 - 1


def parse_moment(text: str, now_ns: int) -> int | None:
    """ns since 1970; None for an empty text (an open end). A date without a zone is UTC."""
    if not text:
        return None
    if DIGITS.fullmatch(text):
        return bounded(int(text), text)
    if relative := RELATIVE.fullmatch(text):
        return now_ns + offset(relative)
    return bounded(iso(text), text)


def offset(relative: re.Match[str]) -> int:
    sign, number, unit = relative.groups()
    return 0 if sign is None else int(f"{sign}{number}") * UNITS[unit] * NS


def iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ConsoleError("invalid", detail=f"not a moment: {text!r}") from fault
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = aware.replace(microsecond=0)
    return round(whole.timestamp()) * NS + aware.microsecond * 1000


def bounded(ns: int, text: str) -> int:
    if abs(ns) > LARGEST:
        raise ConsoleError("invalid", detail=f"not a moment: {text!r}")
    return ns
