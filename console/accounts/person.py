"""Who is asking: the account behind a session, with what it may do and see; and where the request comes from."""

from dataclasses import dataclass

from analyzer.ledger import Actor
from analyzer.store.base import Scope


@dataclass(frozen=True, slots=True)
class Origin:
    """address: the peer's, never a header's. device: the token in the device cookie, empty without one."""

    address: str
    user_agent: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """session: the digest of its token, as the audit trail names it. scope: the platforms it may see."""

    account: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[str]
    must_change_password: bool
    session: str
    scope: Scope

    def acting_from(self, address: str) -> Actor:
        return Actor(account=self.account, session=self.session, address=address)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. token, device: for the browser's cookies alone."""

    person: Person
    token: str
    device: str
