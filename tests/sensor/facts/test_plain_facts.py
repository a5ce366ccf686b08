"""Facts of suricata-verify: what the oracle's authors say is in their captures, asked of our events."""

from collections import defaultdict
from functools import cache

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import events_of
from tests.sensor.facts.facts import Verdict, judge, plain_facts
from tests.sensor.facts.table import load_excluded, load_table

# Event type: how many plain facts the corpus has, and the share of those not excluded that must hold: a little under
# what is reached, so that none is lost in silence.
EVENT_TYPES = {
    "dns": (218, 0.99),
    "http": (53, 0.97),
    "tls": (54, 0.95),
    "smtp": (25, 0.97),
    "ftp": (20, 0.97),
    "ftp_data": (4, 1.0),
    "fileinfo": (336, 0.83),
}


@cache
def verdicts(event_type: str) -> list[Verdict]:
    table = load_table()
    return [judge(fact, events_of(corpus("pcap", fact.pcap)), table) for fact in plain_facts(event_type)]


@pytest.mark.corpus
@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_facts_hold(event_type: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts, floor = EVENT_TYPES[event_type]
    counted = [verdict for verdict in verdicts(event_type) if verdict.fact.id not in load_excluded()]
    text = report(event_type, counted)
    with capsys.disabled():
        print(text)
    assert len(verdicts(event_type)) == facts
    assert sum(verdict.holds for verdict in counted) >= floor * len(counted), text


@pytest.mark.corpus
def test_what_is_excluded_is_a_fact_that_fails() -> None:
    failing = {
        verdict.fact.id for event_type in EVENT_TYPES for verdict in verdicts(event_type) if not verdict.holds
    }
    assert load_excluded().keys() <= failing


def report(event_type: str, counted: list[Verdict]) -> str:
    """Agreement per capture and every failing fact."""
    by_capture: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in counted:
        by_capture[verdict.fact.pcap].append(verdict)
    holding = sum(verdict.holds for verdict in counted)
    lines = [f"\n{event_type} facts: {holding} of {len(counted)} hold ({holding / len(counted):.1%})"]
    for pcap, facts in sorted(by_capture.items()):
        lines.append(f"  {sum(fact.holds for fact in facts):4} of {len(facts):3}  {pcap}")
        lines += [f"      {fact.fact.id}: {fact.problem}" for fact in facts if not fact.holds]
    return "\n".join(lines)
