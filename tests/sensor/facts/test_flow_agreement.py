"""Flow agreement: packets, bytes, direction and Community ID of our flows against Suricata's and nDPI's, by capture."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import events_of
from tests.sensor.facts.flows import Flow, differences, eve_flows, extra, link_bytes, ndpi_flows, our_flows

NAMED = Path(__file__).with_name("flow_differences.toml")
AGREEING = {"equal", "padding"}
ORACLES = {"suricata": eve_flows, "ndpi": ndpi_flows}


@dataclass
class Agreement:
    """Flows of an oracle by how ours differ, and where the first of each difference stands."""

    classes: Counter[str] = field(default_factory=Counter)
    captures: dict[str, Counter[str]] = field(default_factory=dict)
    extra: int = 0

    @property
    def total(self) -> int:
        return sum(self.classes.values())

    @property
    def share(self) -> float:
        return sum(self.classes[word] for word in AGREEING) / self.total


@cache
def agreement(oracle: str) -> Agreement:
    found = Agreement()
    for pcap, theirs in sorted(ORACLES[oracle]().items()):
        compare(pcap, theirs, found)
    return found


def compare(pcap: str, theirs: list[Flow], found: Agreement) -> None:
    path = corpus("pcap", pcap)
    ours = list(our_flows(events_of(path)))
    for word in differences(ours, theirs, link_bytes(path)):
        found.classes[word] += 1
        found.captures.setdefault(word, Counter())[pcap] += 1
    found.extra += extra(ours, theirs)


@cache
def named() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """oracle → class of difference → {right, why}."""
    return tomllib.loads(NAMED.read_text(encoding="utf-8"))


@pytest.mark.corpus
@pytest.mark.parametrize(("oracle", "floor"), [("suricata", 0.925), ("ndpi", 0.97)])
def test_flows_agree(oracle: str, floor: float, capsys: pytest.CaptureFixture[str]) -> None:
    found = agreement(oracle)
    with capsys.disabled():
        print(report(oracle, found))
    assert found.share >= floor, report(oracle, found)


@pytest.mark.corpus
@pytest.mark.parametrize("oracle", ORACLES)
def test_every_difference_is_named(oracle: str) -> None:
    unnamed = set(agreement(oracle).classes) - AGREEING - named().get(oracle, {}).keys()
    assert not unnamed


def report(oracle: str, found: Agreement) -> str:
    lines = [f"\nflows of {oracle}: {found.share:.2%} of {found.total} agree; {found.extra} more of ours"]
    for word, count in found.classes.most_common():
        reason = named().get(oracle, {}).get(word, {})
        lines.append(f"  {count:6} {word:22} {reason.get('right', '')}")
        if word not in AGREEING:
            most = ", ".join(f"{pcap} {n}" for pcap, n in found.captures[word].most_common(3))
            lines.append(f"           in {len(found.captures[word])} captures, most in {most}")
    return "\n".join(lines)
