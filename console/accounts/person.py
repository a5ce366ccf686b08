"""Who is asking: the account behind a session, with what it may do and see."""

from dataclasses import dataclass

from analyzer.store.base import Scope


@dataclass(frozen=True, slots=True)
class Person:
    """session: the session's id as the audit trail names it, never the token. scope: platforms it may see."""

    account: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[str]
    must_change_password: bool
    session: str
    scope: Scope
