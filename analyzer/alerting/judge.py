"""What people decide about an alert group: verdict, assignee, and one step back. Each is a line of its history."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyzer.alerting.queue import STATUSES
from analyzer.errors import ConflictError, InvalidError, NotFoundError
from analyzer.state import AlertGroup, Change

MAX_REASON = 1_000


def verdict(
    db: Session, group: str, judged: str, reason: str, version: int, *, account: str, now_ns: int
) -> Change:
    """Set the verdict. A false positive needs its reason: the next analyst has to be able to follow it."""
    if judged not in STATUSES:
        raise InvalidError(f"verdict: one of {', '.join(STATUSES)}")
    if len(reason) > MAX_REASON:
        raise InvalidError(f"reason: at most {MAX_REASON} characters")
    if judged == "false_positive" and not reason.strip():
        raise InvalidError("reason: a false positive needs one")
    row = _at_version(db, group, version)
    after = {"status": judged, "verdict": judged, "reason": reason}
    return _apply(db, row, "verdict", after, account=account, now_ns=now_ns)


def assign(db: Session, group: str, assignee: str, version: int, *, account: str, now_ns: int) -> Change:
    """Give the group to somebody; empty: to nobody."""
    row = _at_version(db, group, version)
    return _apply(db, row, "assign", {"assignee": assignee}, account=account, now_ns=now_ns)


def undo(db: Session, group: str, version: int, *, account: str, now_ns: int) -> Change:
    """Take back the newest step that still stands; again for the one before it."""
    row = _at_version(db, group, version)
    standing = select(Change).where(Change.group == group, Change.undone.is_(False), Change.kind != "undo")
    last = db.scalar(standing.order_by(Change.id.desc()).limit(1))
    if last is None:
        raise ConflictError("there is nothing to take back")
    last.undone = True
    return _apply(db, row, "undo", last.before, account=account, now_ns=now_ns)


def reopen(db: Session, row: AlertGroup, *, account: str, now_ns: int) -> Change:
    """An acknowledged group that alerts anew is open again: it was seen, this was not."""
    return _apply(db, row, "reopen", {"status": "open"}, account=account, now_ns=now_ns)


def _at_version(db: Session, group: str, version: int) -> AlertGroup:
    row = db.get(AlertGroup, group)
    if row is None:
        raise NotFoundError(f"there is no alert group {group}")
    if row.version != version:
        raise ConflictError(
            f"somebody changed it meanwhile (version {row.version}, not {version})", hint="read it again"
        )
    return row


def _apply(
    db: Session, row: AlertGroup, kind: str, after: dict[str, Any], *, account: str, now_ns: int
) -> Change:
    before = {field: getattr(row, field) for field in after}
    for field, value in after.items():
        setattr(row, field, value)
    row.version += 1
    change = Change(
        group=row.id, at_ns=now_ns, account=account, kind=kind, before=before, after=after, undone=False
    )
    db.add(change)
    db.flush()
    return change
