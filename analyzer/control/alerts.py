"""Judging alert groups, and telling when an alert reached a screen."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from analyzer.alerting import judge, queue
from analyzer.control.base import Action, Call, Outcome, Push
from analyzer.errors import InvalidError
from analyzer.state import Account, AlertRow, Change

MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    group: str
    verdict: str
    version: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    group: str
    version: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """account: empty for nobody."""

    group: str
    account: str
    version: int


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """shown_ms: ms since 1970 by the browser's clock."""

    id: str
    shown_ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    shown: tuple[ShownAlert, ...]


def verdict(call: Call, given: Verdict) -> Outcome:
    change = judge.verdict(
        call.db,
        given.group,
        given.verdict,
        given.reason,
        given.version,
        account=call.actor.account,
        now_ns=call.now_ns,
    )
    return _changed(call.db, change)


def undo(call: Call, given: Undo) -> Outcome:
    change = judge.undo(call.db, given.group, given.version, account=call.actor.account, now_ns=call.now_ns)
    return _changed(call.db, change)


def assign(call: Call, given: Assignment) -> Outcome:
    if given.account:
        account = call.db.get(Account, given.account)
        if account is None or account.disabled:
            raise InvalidError(f"account: {given.account} cannot be given work")
    change = judge.assign(
        call.db, given.group, given.account, given.version, account=call.actor.account, now_ns=call.now_ns
    )
    return _changed(call.db, change)


def shown(call: Call, given: Shown) -> Outcome:
    """The first screen counts, and only for live traffic. A browser whose clock is off by more than the alert is old
    is not believed."""
    marked = []
    for mark in given.shown:
        row = call.db.get(AlertRow, mark.id)
        if row is not None and row.packet_ns and not row.shown_ns:
            told = mark.shown_ms * MILLISECOND
            row.shown_ns = told if row.matched_ns <= told <= call.now_ns else call.now_ns
            marked.append(mark.id)
    return Outcome({}, f"{len(marked)} alerts", None, {"shown": marked})


def _changed(db: Session, change: Change) -> Outcome:
    group = queue.read_group(db, change.group)
    return Outcome(group, change.group, change.before, change.after, [Push("group", group)])


ALERT_ACTIONS = (
    Action("alert.verdict", "alerts.judge", Verdict, verdict, "alert group", "group"),
    Action("alert.undo", "alerts.judge", Undo, undo, "alert group", "group"),
    Action("alert.assign", "alerts.judge", Assignment, assign, "alert group", "group"),
    Action("alert.shown", "alerts.read", Shown, shown, "alerts", ""),
)
