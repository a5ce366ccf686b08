"""Accounts: made, changed, switched off. Whoever loses rights loses every open session with them."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyzer.control.base import SIGNED_IN, Action, Call, Outcome
from analyzer.control.permissions import Roles
from analyzer.control.sessions import Opening, end_all, open_session
from analyzer.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from analyzer.state import Account

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MAX_DISPLAY_NAME = 64
# What only somebody can give back who has it: the last one who does stays.
KEEPER = "accounts.manage"


@dataclass(frozen=True, slots=True)
class Creation:
    account: str
    name: str
    password_hash: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    account: str


@dataclass(frozen=True, slots=True)
class RoleChange:
    account: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """password_hash: Argon2id, encoded. session: opened in the place of all the others, for one's own password."""

    account: str
    password_hash: str
    session: Opening | None = None


@dataclass(frozen=True, slots=True)
class AccountActions:
    """The actions on accounts, with the roles there are."""

    roles: Roles

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("account.create", KEEPER, Creation, self.create, "account", "account"),
            Action("account.disable", KEEPER, Named, self.disable, "account", "account"),
            Action("account.enable", KEEPER, Named, self.enable, "account", "account"),
            Action("account.roles", KEEPER, RoleChange, self.change_roles, "account", "account"),
            Action("account.password", SIGNED_IN, PasswordChange, self.change_password, "account", "account"),
        )

    def create(self, call: Call, given: Creation) -> Outcome:
        if not NAME.fullmatch(given.account):
            raise InvalidError("account: 1 to 64 of a-z 0-9 . _ - and a letter or digit first")
        if not 0 < len(given.name) <= MAX_DISPLAY_NAME:
            raise InvalidError(f"name: 1 to {MAX_DISPLAY_NAME} characters")
        if call.db.get(Account, given.account) is not None:
            raise ConflictError(f"account {given.account} exists")
        account = Account(
            name=given.account,
            display_name=given.name,
            password_hash=_argon2id(given.password_hash),
            roles=self._known(given.roles),
            disabled=False,
            must_change=True,
            created_ns=call.now_ns,
            password_ns=call.now_ns,
            signed_in_ns=0,
        )
        call.db.add(account)
        return Outcome(described(account), account.name, after=described(account))

    def disable(self, call: Call, given: Named) -> Outcome:
        return self._change(call, given.account, disabled=True)

    def enable(self, call: Call, given: Named) -> Outcome:
        return self._change(call, given.account, disabled=False)

    def change_roles(self, call: Call, given: RoleChange) -> Outcome:
        return self._change(call, given.account, roles=self._known(given.roles))

    def change_password(self, call: Call, given: PasswordChange) -> Outcome:
        """One's own, or, by who manages accounts, another's: that one must be changed at the next sign-in."""
        account = found(call.db, given.account)
        own = call.actor.account == account.name
        if not own and KEEPER not in call.permissions:
            raise ForbiddenError("only its owner or an account manager may change a password")
        before = described(account)
        account.password_hash = _argon2id(given.password_hash)
        account.password_ns = call.now_ns
        account.must_change = not own
        pushes = end_all(call, account.name, "password")
        opened = open_session(call, account, given.session) if own and given.session else None
        return Outcome(
            {**described(account), "session": opened}, account.name, before, described(account), pushes
        )

    def _change(self, call: Call, name: str, **values: Any) -> Outcome:
        account = found(call.db, name)
        before = described(account)
        for field, value in values.items():
            setattr(account, field, value)
        call.db.flush()
        self._keep_a_keeper(call.db)
        pushes = end_all(call, name, "account") if described(account) != before else ()
        return Outcome(described(account), name, before, described(account), pushes)

    def _keep_a_keeper(self, db: Session) -> None:
        active = db.scalars(select(Account).where(Account.disabled.is_(False)))
        if not any(KEEPER in self.roles.allowed(account.roles) for account in active):
            raise ConflictError(
                "nobody could manage accounts any more", hint="give somebody else the role first"
            )

    def _known(self, names: tuple[str, ...]) -> list[str]:
        if not names:
            raise InvalidError("roles: at least one")
        if unknown := sorted(set(names) - self.roles.names()):
            raise InvalidError(f"roles: {unknown[0]} is not a role")
        return sorted(set(names))


def found(db: Session, name: str) -> Account:
    account = db.get(Account, name)
    if account is None:
        raise NotFoundError(f"there is no account {name}")
    return account


def described(account: Account) -> dict[str, Any]:
    """What may be shown and recorded of an account: everything but the password's hash."""
    return {
        "account": account.name,
        "name": account.display_name,
        "roles": list(account.roles),
        "disabled": account.disabled,
        "must_change_password": account.must_change,
        "created_ns": str(account.created_ns),
        "password_ns": str(account.password_ns),
    }


def _argon2id(encoded: str) -> str:
    """No other kind of hash, and never a password by mistake."""
    if not encoded.startswith("$argon2id$"):
        raise InvalidError("password_hash: not an Argon2id hash")
    return encoded
