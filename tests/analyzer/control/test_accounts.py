"""Accounts: what may be made of them, and that somebody can always manage them."""

from typing import Any

import pytest

from tests.analyzer.control.desk import HASH, Office


def creation(**values: Any) -> dict[str, Any]:
    return {"account": "new", "name": "New", "password_hash": HASH, "roles": ["viewer"], **values}


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": ""},
        {"account": "Ada"},
        {"account": "@local"},
        {"account": "a" * 65},
        {"account": "a\n"},
        {"name": ""},
        {"name": "n" * 65},
        {"roles": []},
        {"roles": ["root"]},
        {"roles": ["@local"]},
        {"password_hash": "plain text"},
    ],
)
def test_what_is_no_account_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    assert office.refusal("account.create", creation(**wrong)) == "invalid"


def test_a_name_is_taken_once(office: Office) -> None:
    made = office.done("account.create", creation())
    assert (made["must_change_password"], made["disabled"], made["roles"]) == (True, False, ["viewer"])
    assert office.refusal("account.create", creation()) == "conflict"


def test_somebody_can_always_manage_accounts(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    assert office.refusal("account.disable", {"account": "boss"}, boss) == "conflict"
    assert office.refusal("account.roles", {"account": "boss", "roles": ["viewer"]}, boss) == "conflict"
    office.account("second", "sysadmin")
    office.done("account.disable", {"account": "boss"}, boss)


def test_another_ones_password_must_be_changed_by_him(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    clerk = office.account("clerk", "viewer")
    params = {"account": "boss", "password_hash": HASH}
    assert office.refusal("account.password", params, clerk) == "forbidden"
    changed = office.done("account.password", {"account": "clerk", "password_hash": HASH}, boss)
    assert changed["must_change_password"]
    assert changed["session"] is None


def test_who_is_not_there_is_not_found(office: Office) -> None:
    for action in ("account.disable", "account.enable", "account.password"):
        more = {"password_hash": HASH} if action == "account.password" else {}
        assert office.refusal(action, {"account": "ghost", **more}) == "not_found"


def test_the_trail_shows_before_and_after(office: Office) -> None:
    office.account("boss", "sysadmin")
    office.account("clerk", "viewer")
    office.done("account.roles", {"account": "clerk", "roles": ["auditor", "viewer"]})
    record = office.trail()[-1]
    assert record.before is not None
    assert record.after is not None
    assert (record.before["roles"], record.after["roles"]) == (["viewer"], ["auditor", "viewer"])
    assert (record.kind, record.object) == ("account", "clerk")
