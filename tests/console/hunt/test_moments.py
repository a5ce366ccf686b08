"""Moments as people and programs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ConsoleError
from console.hunt.moments import LARGEST, NS, parse_moment

NOW = 1_700_000_000 * NS


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("0", 0),
        ("-5", -5),
        ("1700000000123456789", 1_700_000_000_123_456_789),
        ("now", NOW),
        ("now-15m", NOW - 900 * NS),
        ("now+1h", NOW + 3600 * NS),
        ("now-2w", NOW - 14 * 86400 * NS),
        ("1970-01-01T00:00:01Z", NS),
        ("1970-01-01T08:00:01+08:00", NS),
        ("1970-01-01T00:00:01", NS),
        ("1970-01-02", 86400 * NS),
        ("2023-11-14T22:13:20.123456Z", NOW + 123_456_000),
        ("1969-12-31T23:59:59.5Z", -NS // 2),
    ],
)
def test_parse_moment(text: str, moment: int | None) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "now-1", "now-1y", "now-9999999d", "9" * 19, "2023-13-01", "١٢", "now ", "1e9", "-"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ConsoleError) as refused:
        parse_moment(text, NOW)
    assert refused.value.code == "invalid"


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        moment = parse_moment(text, NOW)
    except ConsoleError:
        return
    assert moment is None or abs(moment) <= LARGEST
