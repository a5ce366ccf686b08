"""What an action is: a name, a permission, parameters, and a function that changes the state inside a transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from analyzer.ledger import Actor

ANYONE = ""
"""Permission of what the console itself asks before anybody is signed in (its process is checked by the socket)."""
SIGNED_IN = "@signed-in"
"""Permission every signed-in account has."""


@dataclass(frozen=True, slots=True)
class Push:
    """Something subscribers learn at once. kind: alert, group, status or session."""

    kind: str
    data: Mapping[str, Any]


class Services(Protocol):
    """What actions need besides the state; the runtime provides it, a test may provide less."""

    def status(self) -> Mapping[str, Any]:
        """The status document."""

    @property
    def default_retention_days(self) -> int: ...

    def rules(self) -> Mapping[str, Any]:
        """Loaded rules, faults, content version."""

    def load_rules(self) -> tuple[Mapping[str, Any], Callable[[], None]]:
        """Load the rule folder anew: (content version and counts, what puts it into effect)."""

    def retained(self) -> None:
        """The days to keep have changed."""

    def submit_capture(self, name: str) -> Callable[[], None]:
        """Find an uploaded capture; calling the answer hands it to the sensor. NotFoundError."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, when, and what may be used. permissions: of the actor's account."""

    actor: Actor
    now_ns: int
    db: Session
    services: Services
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did. before, after: for the audit trail, without secrets. then: runs after the commit."""

    result: Mapping[str, Any] | None = None
    object: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    pushes: Sequence[Push] = ()
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be asked of the analyzer.

    parameters: a frozen dataclass; its fields are the request's `params`, checked by type.
    kind: of the object the action is about. named: which parameter names that object in a refusal's record.
    audited: False only for what decides nothing (reading, and marks of the road such as `session.touch`); its refusals
    are recorded all the same.
    failure: the action reports that something was refused elsewhere (a wrong password); its record says so.
    """

    name: str
    permission: str
    parameters: type[Any]
    run: Callable[[Call, Any], Outcome]
    kind: str
    named: str = ""
    audited: bool = True
    failure: bool = False


@dataclass(frozen=True, slots=True)
class NoParameters:
    """For actions that need nothing."""
