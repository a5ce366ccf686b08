"""First passwords: random, readable, and good enough for our own policy."""

import re

import pytest

from analyzer.control.permissions import load_roles
from analyzer.errors import ForbiddenError
from console.accounts.manage import first_password, list_roles
from console.accounts.policy import check_new
from sensor.layout import laid_out
from tests.analyzer.control.desk import HASH
from tests.console.room import Room


def test_first_passwords_are_random_and_can_be_copied_from_a_screen() -> None:
    made = {first_password() for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert re.fullmatch(r"[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){4}", password)
        check_new(password, names=("admin",))


def test_roles_for_accounts_leave_out_the_command_lines() -> None:
    roles = list_roles(load_roles(laid_out("rules") / "roles" / "roles.toml"))
    assert [it["role"] for it in roles] == ["sysadmin", "security", "auditor", "viewer"]


@pytest.mark.anyio
async def test_only_an_account_manager_resets_anothers_password(console: Room) -> None:
    """Asked of the analyzer directly, past the console's own check."""
    await console.account("bob", "viewer")
    ann = await console.person("ann", "security")
    person = console.services.sessions.person(ann.http.cookies["__Host-starwatch"], touch=False)
    params = {"account": "bob", "password_hash": HASH}
    with pytest.raises(ForbiddenError):
        await console.services.control.request("account.password", person.acting_from("192.0.2.1"), params)
