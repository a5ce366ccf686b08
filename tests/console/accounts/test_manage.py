"""First passwords: random, readable, and good enough for our own policy."""

import re

from analyzer.control.permissions import load_roles
from console.accounts.manage import first_password, list_roles
from console.accounts.policy import check_new
from console.settings import laid_out


def test_first_passwords_are_random_and_can_be_copied_from_a_screen() -> None:
    made = {first_password() for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert re.fullmatch(r"[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){4}", password)
        check_new(password, names=("admin",))


def test_roles_for_accounts_leave_out_the_command_lines() -> None:
    roles = list_roles(load_roles(laid_out("rules") / "roles" / "roles.toml"))
    assert [it["role"] for it in roles] == ["sysadmin", "security", "auditor", "viewer"]
