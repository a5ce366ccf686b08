"""SigmaHQ: every rule loads or is listed with the reason; every regression case is found."""

import json
from collections import Counter

import pytest

from analyzer._native import RuleMatcher
from analyzer.rulebook.folder import read_logsources, shipped
from tests.analyzer.sigma import sigmahq

pytestmark = pytest.mark.corpus

# Why the rules of SigmaHQ that do not load do not load. Placeholders get their values from the site.
REASONS = {"unsupported: placeholder": 25}
# More matches than info.yml counts; its runner calls that a warning (SIGMA.md, "regression_data").
UNDERSTATED = {
    "0b9ad457-2554-44c1-82c2-d56a99c42377": 3,
    "8fbf3271-1ef6-4e94-8210-03c2317947f6": 3,
    "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e": 2,
}
CASES = 98


def test_every_rule_loads_or_has_a_reason() -> None:
    documents = sigmahq.rules()
    loaded = RuleMatcher(list(documents), sigmahq.everything(documents))
    out_of_force = {(fault.path, reason(fault.kind, fault.message)) for fault in loaded.faults}
    assert len(documents) == 3780
    assert Counter(why for _, why in out_of_force) == REASONS
    assert len(loaded.rules) + len(out_of_force) == 3780


def reason(kind: str, message: str) -> str:
    named = "placeholder" if "placeholder" in message else message
    return f"{kind}: {named}"


def test_regression_cases() -> None:
    rules = [(path, text) for path, text in sigmahq.rules() if "product: windows" in text]
    loaded = RuleMatcher(rules, sigmahq.windows())
    ids = [identity for _, identity in loaded.rules]
    wrong, cases = [], 0
    for rule, expected, events in sigmahq.regression_cases():
        cases += 1
        batch = "\n".join(json.dumps(sigmahq.flatten(event)) for event in events)
        found = sum(ids[match.rule] == rule for match in loaded.match(batch.encode()))
        wanted = UNDERSTATED.get(rule, expected)
        if found == 0 or (wanted is not None and found != wanted):
            wrong.append((rule, wanted, found))
    assert not wrong
    assert cases == CASES
    assert loaded.skipped == 0


def test_dns_rules_meet_our_events() -> None:
    """SigmaHQ's rules for category dns and for Zeek's dns.log load on the shipped table and fire."""
    folders = ("rules/network/dns/", "rules/network/zeek/zeek_dns", "rules/network/firewall/")
    rules = [(path, text) for path, text in sigmahq.rules() if path.startswith(folders)]
    loaded = RuleMatcher(rules, read_logsources(shipped()))
    # A tap knows no firewall's verdict, and Zeek's Z is a number where ours is a flag's name.
    refused = {fault.message.split(" have ")[1]: fault.kind for fault in loaded.faults}
    assert refused == {"nothing like the field action": "unmapped", "nothing like the field Z": "unmapped"}
    names = [path.rsplit("/", 1)[1] for path, _ in loaded.rules]
    events = [
        dns("API.telegram.org"),
        dns("x.s2.tor-gateways.de"),
        dns("t.example", "TXT", ["powershell IEX (New-Object)"]),
        dns("www.example.org", "A", ["192.0.2.1"]),
    ]
    found = loaded.match("\n".join(map(json.dumps, events)).encode())
    assert {(match.line, names[match.rule]) for match in found} == {
        (0, "net_dns_susp_telegram_api.yml"),
        (1, "zeek_dns_torproxy.yml"),
        (2, "net_dns_susp_txt_exec_strings.yml"),
    }


def dns(name: str, kind: str = "A", answers: list[str] | None = None) -> dict[str, object]:
    section = {
        "question": {"name": name, "type": kind},
        "answers": [{"data": data, "type": kind} for data in answers or []],
    }
    return {"event": {"dataset": "starwatch.dns"}, "dns": section}
