"""Sigma tags to ATT&CK ids."""

import re

from analyzer.rulebook.attack import tactic_ids, tactics, techniques


def test_techniques_keep_their_order() -> None:
    assert techniques(["attack.t1046", "attack.discovery", "attack.t1595.001", "attack.g0001"]) == (
        "T1046",
        "T1595.001",
    )


def test_tactics_by_name() -> None:
    assert tactics(["attack.command-and-control", "attack.t1046", "tlp.red"]) == ("TA0011",)


def test_old_rules_write_underscores() -> None:
    assert tactics(["attack.initial_access"]) == ("TA0001",)


def test_the_table_holds_ids() -> None:
    assert all(re.fullmatch(r"TA\d{4}", value) for value in tactic_ids().values())
    assert len(set(tactic_ids().values())) == len(tactic_ids())
