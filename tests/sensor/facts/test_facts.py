"""The judge can say no: every way a fact may fail does fail."""

from typing import Any

import pytest

from tests.sensor.facts.facts import Fact, judge
from tests.sensor.facts.table import load_table
from tests.sensor.facts.test_table import EVENT

HOLDING: dict[str, Any] = {"dns.type": "response", "dns.answers[0].ttl": 3, "dns.qr": True}


def problem(
    count: int, match: dict[str, Any], not_match: dict[str, Any] | None = None, event_type: str = "dns"
) -> str:
    fact = Fact("x#0", "x.pcap", event_type, count, match, not_match or {})
    return judge(fact, [EVENT], load_table()).problem


def test_a_fact_that_holds() -> None:
    assert problem(1, HOLDING) == ""


@pytest.mark.parametrize("count", [0, 2])
def test_the_count_is_exact(count: int) -> None:
    assert problem(count, HOLDING).startswith("1 events instead of")


def test_a_count_of_zero_holds_when_nothing_matches() -> None:
    assert problem(0, {"dns.type": "request"}) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"dns.answers[0].ttl": 4},
        {"dns.answers[0].ttl": "3"},
        {"dns.answers[0].ttl": True},
        {"dns.qr": 1},
        {"dns.aa": True},
        {"dns.answers[7].ttl": 3},
        {"has-key": "dns.aa"},
        {"not-has-key": "dns.answers[0].rdata"},
        {"not-has-key": ["dns.aa", "dns.qr"]},
        {"dns.answers.__len": 3},
        {"dns.queries[0].rrname.__find": "nowhere"},
        {"dns.queries[0].rrname.__startswith": "example"},
        {"dns.grouped.TXT.__contains": "two"},
    ],
)
def test_one_wrong_condition_is_enough(changed: dict[str, Any]) -> None:
    assert problem(1, HOLDING | changed).startswith("0 events instead of 1; closest: ")


def test_operators_hold_where_they_should() -> None:
    holding = {
        "has-key": ["dns.qr", "ether"],
        "not-has-key": "dns.aa",
        "dns.answers.__len": 4,
        "dns.queries[0].rrname.__find": "exam",
        "dns.queries[0].rrname.__startswith": "a.",
        "dns.grouped.TXT.__contains": "",
    }
    assert problem(1, holding) == ""


def test_what_must_not_match_takes_events_away() -> None:
    assert problem(1, HOLDING, {"dns.id": 8}) == ""
    assert problem(0, HOLDING, {"dns.id": 7}) == ""


def test_dropped_fields_do_not_matter() -> None:
    assert problem(1, HOLDING | {"pcap_cnt": 99, "dns.tx_id": 5}) == ""


def test_an_event_type_without_a_dataset_fails() -> None:
    assert problem(0, {}, event_type="unheard_of") == "no dataset of ours is EVE's unheard_of"
