"""Accounts as their manager sees and changes them."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from analyzer.control.client import ControlClient
from analyzer.control.permissions import Roles
from analyzer.errors import ConflictError, NotFoundError
from analyzer.ledger import Actor
from analyzer.state import Account
from analyzer.state import Sessions as State
from console.accounts.passwords import Passwords

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without the letters and digits people confuse when they copy from a screen."""
FIRST_PASSWORD_GROUPS, GROUP_LETTERS = 5, 4
"""20 letters of 32 are 100 bit; groups make them readable."""


def first_password() -> str:
    """A random one to hand over; it only opens the page where its owner changes it."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LETTERS)) for _ in range(FIRST_PASSWORD_GROUPS)
    )
    return "-".join(groups)


def list_accounts(state: State) -> Sequence[Mapping[str, Any]]:
    with state() as db:
        return [described(account) for account in db.scalars(select(Account).order_by(Account.name))]


def read_account(state: State, name: str) -> Mapping[str, Any]:
    with state() as db:
        account = db.get(Account, name)
    if account is None:
        raise NotFoundError(f"there is no account {name}")
    return described(account)


def described(account: Account) -> dict[str, Any]:
    """Everything but the password's hash."""
    return {
        "account": account.name,
        "name": account.display_name,
        "roles": account.roles,
        "disabled": account.disabled,
        "must_change_password": account.must_change,
        "created_ns": account.created_ns,
        "password_ns": account.password_ns,
        "signed_in_ns": account.signed_in_ns,
    }


def list_roles(roles: Roles) -> Sequence[Mapping[str, Any]]:
    """The roles an account can have, in the order of the file."""
    return [
        {"role": role.name, "zh": role.zh, "en": role.en, "permissions": sorted(role.permissions)}
        for role in roles.roles
        if role.name in roles.names()
    ]


async def create(
    control: ControlClient, passwords: Passwords, actor: Actor, account: str, name: str, roles: Sequence[str]
) -> str:
    """Answers the first password."""
    password = first_password()
    hashed = await passwords.hash(password)
    params = {"account": account, "name": name, "password_hash": hashed, "roles": list(roles)}
    await control.request("account.create", actor, params)
    return password


async def reset_password(control: ControlClient, passwords: Passwords, actor: Actor, account: str) -> str:
    """For somebody who forgot it: answers a new first password; the old one and every session end."""
    if account == actor.account:
        raise ConflictError("one's own password is changed with the current one")
    password = first_password()
    params = {"account": account, "password_hash": await passwords.hash(password)}
    await control.request("account.password", actor, params)
    return password


async def disable(control: ControlClient, actor: Actor, account: str) -> None:
    await control.request("account.disable", actor, {"account": account})


async def enable(control: ControlClient, actor: Actor, account: str) -> None:
    await control.request("account.enable", actor, {"account": account})


async def set_roles(control: ControlClient, actor: Actor, account: str, roles: Sequence[str]) -> None:
    await control.request("account.roles", actor, {"account": account, "roles": list(roles)})
