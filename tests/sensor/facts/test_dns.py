"""DNS facts of suricata-verify: what the oracle's authors say is in their captures, asked of our events."""

from collections import defaultdict
from functools import cache

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import events_of
from tests.sensor.facts.facts import Verdict, judge, plain_facts
from tests.sensor.facts.table import load_excluded, load_table

FACTS = 218
FLOOR = 0.95


@cache
def verdicts() -> list[Verdict]:
    table = load_table()
    return [judge(fact, events_of(corpus("pcap", fact.pcap)), table) for fact in plain_facts("dns")]


@pytest.mark.corpus
def test_the_facts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    counted = [verdict for verdict in verdicts() if verdict.fact.id not in load_excluded()]
    holding = sum(verdict.holds for verdict in counted)
    with capsys.disabled():
        print(report(counted))
    assert len(verdicts()) == FACTS
    assert holding >= FLOOR * len(counted), report(counted)


@pytest.mark.corpus
def test_what_is_excluded_is_a_fact_that_fails() -> None:
    failing = {verdict.fact.id for verdict in verdicts() if not verdict.holds}
    excluded = {verdict.fact.id for verdict in verdicts()} & load_excluded().keys()
    assert excluded <= failing


def report(counted: list[Verdict]) -> str:
    """Agreement per capture and every failing fact."""
    by_capture: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in counted:
        by_capture[verdict.fact.pcap].append(verdict)
    holding = sum(verdict.holds for verdict in counted)
    lines = [f"\nDNS facts: {holding} of {len(counted)} hold ({holding / len(counted):.1%})"]
    for pcap, facts in sorted(by_capture.items()):
        lines.append(f"  {sum(fact.holds for fact in facts):4} of {len(facts):3}  {pcap}")
        lines += [f"      {fact.fact.id}: {fact.problem}" for fact in facts if not fact.holds]
    return "\n".join(lines)
