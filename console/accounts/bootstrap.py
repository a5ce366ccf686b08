"""The first administrator, without whom nobody could sign in; and the way back in for one who lost the password.

Both go through the analyzer as the operating-system user who runs the appliance, so both are in the audit trail.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import func, select

from analyzer.control.client import ask
from analyzer.errors import ConflictError
from analyzer.ledger import LOCAL, Actor
from analyzer.state import Account, close, open_reader
from console.accounts.manage import first_password
from console.accounts.passwords import Passwords
from console.settings import ConsoleSettings

NAME = "admin"
DISPLAY_NAME = "管理员 Administrator"
ROLES = ("sysadmin", "security", "auditor")
"""All three at once, so that one person can begin; the status page warns until they are shared among people
(GB/T 22239-2019 8.1.5.1 to 8.1.5.3)."""
ACTOR = Actor(account=LOCAL)


@dataclass(frozen=True, slots=True)
class Administrator:
    """password: to be printed once; it is kept nowhere and only opens the page where it is changed."""

    account: str
    password: str


def first_administrator(settings: ConsoleSettings) -> Administrator | None:
    """Makes the first account; None when there are accounts. The analyzer must be running."""
    if has_accounts(settings):
        return None
    password = first_password()
    params = {"account": NAME, "name": DISPLAY_NAME, "password_hash": hashed(password), "roles": list(ROLES)}
    try:
        ask(settings.analyzer.control_socket, "account.create", ACTOR, params)
    except ConflictError:
        return None
    return Administrator(NAME, password)


def reset_password(settings: ConsoleSettings, account: str) -> Administrator:
    """A new first password for an existing account; NotFoundError when there is none."""
    password = first_password()
    params = {"account": account, "password_hash": hashed(password)}
    ask(settings.analyzer.control_socket, "account.password", ACTOR, params)
    return Administrator(account, password)


def has_accounts(settings: ConsoleSettings) -> bool:
    state = open_reader(settings.analyzer.database)
    try:
        with state() as db:
            return bool(db.scalar(select(func.count()).select_from(Account)))
    finally:
        close(state)


def hashed(password: str) -> str:
    passwords = Passwords()
    try:
        return asyncio.run(passwords.hash(password))
    finally:
        passwords.close()
