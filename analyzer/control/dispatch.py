"""One request: may the actor, are the parameters right, do it, account for it, then answer.

The audit record is durable before the change is: a change without a record cannot happen, and a record whose change
was then not committed is followed by a second one that says so.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.control.actions import registry
from analyzer.control.base import ANYONE, SIGNED_IN, Action, Call, Outcome, Push, Services
from analyzer.control.parameters import parse
from analyzer.control.permissions import Roles
from analyzer.errors import (
    AnalyzerError,
    ConflictError,
    ControlError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from analyzer.ledger import LOCAL, Actor, AuditRecord
from analyzer.state import Account, Sessions, SignIn

log = logging.getLogger(__name__)

KINDS: Sequence[tuple[type[AnalyzerError], str]] = (
    (ForbiddenError, "forbidden"),
    (NotFoundError, "not_found"),
    (ConflictError, "conflict"),
    (InvalidError, "invalid"),
)
FAILED = "failed"
# Of what an unknown peer sends, this much of a name is recorded.
MAX_NAME = 64
# What somebody may do who must still choose a first password.
BEFORE_FIRST_PASSWORD = frozenset({"account.password", "session.close"})


@dataclass(frozen=True, slots=True)
class Request:
    """What one line asked for. process: the peer as the kernel names it."""

    action: str
    actor: Any
    params: Any
    process: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Either a result, or an error as {kind, message, hint}. pushes: for subscribers, once the answer is out."""

    result: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None
    pushes: Sequence[Push] = ()


@dataclass(slots=True)
class Dispatcher:
    """Runs requests one after the other (its caller sees to that).

    record: Ledger.record. clock: ns since 1970.
    """

    sessions: Sessions
    record: Callable[[AuditRecord], int]
    roles: Roles
    services: Services
    clock: Callable[[], int]
    actions: Mapping[str, Action] = field(init=False)

    def __post_init__(self) -> None:
        self.actions = registry(self.roles)

    def __call__(self, request: Request) -> Answer:
        try:
            return self._run(request)
        except AnalyzerError as fault:
            return refused(fault)

    def _run(self, request: Request) -> Answer:
        now = self.clock()
        actor = _actor(request.actor)
        action = self.actions.get(request.action)
        if action is None:
            fault = InvalidError("there is no such action")
            self._account(request, None, actor, now, "refused", reason=str(fault))
            raise fault
        try:
            outcome = self._perform(action, request, actor, now)
        except ControlError as fault:
            self._account(request, action, actor, now, "refused", reason=str(fault))
            raise
        except Exception as fault:  # the rim of every action: whatever broke is accounted for
            log.exception("action %s failed", action.name)
            self._account(request, action, actor, now, FAILED, reason=str(fault))
            raise AnalyzerError(f"{action.name} failed: {fault}", hint="see the analyzer's log") from fault
        return Answer(outcome.result or {}, None, outcome.pushes)

    def _perform(self, action: Action, request: Request, actor: Actor, now: int) -> Outcome:
        permissions = self._authorise(action, actor, now)
        params = parse(action.parameters, request.params)
        with self.sessions.begin() as db:
            outcome = action.run(Call(actor, now, db, self.services, permissions), params)
            db.flush()
            if action.audited:
                self._account(
                    request, action, actor, now, "refused" if action.failure else "done", outcome=outcome
                )
        if outcome.then:
            outcome.then()
        return outcome

    def _authorise(self, action: Action, actor: Actor, now: int) -> frozenset[str]:
        if action.permission == ANYONE:
            return frozenset()
        permissions = (
            self.roles.allowed([LOCAL]) if actor.account == LOCAL else self._signed_in(action, actor, now)
        )
        if action.permission != SIGNED_IN and action.permission not in permissions:
            raise ForbiddenError(f"{actor.account} lacks the permission {action.permission}")
        return permissions

    def _signed_in(self, action: Action, actor: Actor, now: int) -> frozenset[str]:
        with self.sessions() as db:
            account = db.get(Account, actor.account)
            session = db.get(SignIn, actor.session)
        if account is None or account.disabled:
            raise ForbiddenError("the account is disabled or does not exist")
        if session is None or session.account != account.name or session.expires_ns <= now:
            raise ForbiddenError("the session has ended", hint="sign in again")
        if account.must_change and action.name not in BEFORE_FIRST_PASSWORD:
            raise ForbiddenError("the first password has to be changed first")
        return self.roles.allowed(account.roles)

    def _account(
        self,
        request: Request,
        action: Action | None,
        actor: Actor,
        now: int,
        result: str,
        *,
        outcome: Outcome | None = None,
        reason: str = "",
    ) -> None:
        self.record(
            AuditRecord(
                at_ns=now,
                action=action.name if action else _shown(request.action),
                actor=actor,
                kind=action.kind if action else "",
                object=outcome.object if outcome else _named(action, request.params),
                result=result,
                reason=reason,
                before=outcome.before if outcome else None,
                after=outcome.after if outcome else None,
                process=request.process,
            )
        )


def refused(fault: AnalyzerError) -> Answer:
    kind = next((name for cls, name in KINDS if isinstance(fault, cls)), FAILED)
    return Answer(error={"kind": kind, "message": str(fault), "hint": fault.hint})


def _actor(given: Any) -> Actor:
    actor: Actor = parse(Actor, given, "actor")
    return actor


def _named(action: Action | None, params: Any) -> str:
    """The object a refused request was about, as far as it can be told."""
    named = params.get(action.named) if action and isinstance(params, Mapping) else None
    return _shown(named) if isinstance(named, str) else ""


def _shown(text: Any) -> str:
    return "".join(it if it.isprintable() else "?" for it in str(text)[:MAX_NAME])
