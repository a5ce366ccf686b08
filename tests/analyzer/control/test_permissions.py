"""The roles file: three administrators who check one another, and nothing undeclared."""

from pathlib import Path

import pytest

from analyzer.control import load_roles
from analyzer.control.actions import registry
from analyzer.errors import RulebookError
from analyzer.ledger import LOCAL
from tests.corpus import ROOT

FILE = ROOT / "rules" / "roles" / "roles.toml"


def test_the_three_administrators_are_apart() -> None:
    """GB/T 22239-2019 8.1.5.1 to 8.1.5.3."""
    roles = load_roles(FILE)
    assert roles.names() == {"sysadmin", "security", "auditor", "viewer"}
    holders = {
        permission: {name for name in roles.names() if permission in roles.allowed([name])}
        for permission in ("accounts.manage", "alerts.judge", "audit.read")
    }
    assert holders == {
        "accounts.manage": {"sysadmin"},
        "alerts.judge": {"security"},
        "audit.read": {"auditor"},
    }


def test_every_action_asks_for_a_declared_permission() -> None:
    roles = load_roles(FILE)
    declared = {permission.name for permission in roles.permissions}
    asked = {
        it.permission
        for it in registry(roles).values()
        if it.permission and not it.permission.startswith("@")
    }
    assert asked <= declared


def test_every_name_is_in_both_languages() -> None:
    roles = load_roles(FILE)
    assert all(it.zh and it.en for it in roles.roles)
    assert all(it.zh and it.en for it in roles.permissions)


def test_an_unknown_role_gives_nothing() -> None:
    roles = load_roles(FILE)
    assert roles.allowed(["root"]) == frozenset()
    assert roles.allowed([]) == frozenset()
    assert roles.allowed([LOCAL])


@pytest.mark.parametrize(
    "text",
    [
        "role = 5",
        "[[role]]\nname = 'a'",
        "not toml",
        "permission = []\n[[role]]\nname='a'\nzh='a'\nen='a'\npermissions=['x.y']",
    ],
)
def test_a_broken_file_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "roles.toml").write_text(text)
    with pytest.raises(RulebookError, match=r"roles\.toml"):
        load_roles(tmp_path / "roles.toml")
    with pytest.raises(RulebookError):
        load_roles(tmp_path / "absent.toml")
