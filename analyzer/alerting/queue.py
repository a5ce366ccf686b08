"""The alert queue as people read it: rows of groups, one group opened, its history. Reads SQL only, always in scope."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analyzer.errors import InvalidError, NotFoundError
from analyzer.records import LEVELS
from analyzer.state import AlertGroup, AlertRow, Change, GroupPlatform, RuleVersion
from analyzer.store.base import EVERYTHING, Scope

STATUSES = ("open", "acknowledged", "escalated", "false_positive")
SORTS: dict[str, InstrumentedAttribute[int]] = {
    "last": AlertGroup.last_ns,
    "first": AlertGroup.first_ns,
    "seen": AlertGroup.seen_ns,
    "level": AlertGroup.severity,
    "score": AlertGroup.score,
    "count": AlertGroup.count,
}
MAX_PAGE = 500
# Alerts of a group answered when it is opened; older ones are found in the store.
MAX_ALERTS = 50
MAX_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: empty or None means any. text: every word must occur in title or entities.

    sort: a name of SORTS, `-` before it for descending. after: the `next` of the page before.
    """

    scope: Scope = EVERYTHING
    status: Sequence[str] = ()
    level: Sequence[str] = ()
    platform: str = ""
    rule: str = ""
    text: str = ""
    sort: str = "-last"
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class QueuePage:
    """items: groups as `group_json` gives them. total: all that the filter lets through. next: empty at the end."""

    items: Sequence[dict[str, Any]]
    total: int
    next: str


def page(db: Session, wanted: Wanted) -> QueuePage:
    """InvalidError for an unknown status, level, sort or a foreign `after`."""
    column, descending = _order(wanted.sort)
    where = _filters(wanted)
    total = db.scalar(select(func.count()).select_from(AlertGroup).where(*where)) or 0
    limit = max(1, min(wanted.limit, MAX_PAGE))
    query = select(AlertGroup).where(*where, *_beyond(column, descending, wanted.after))
    query = query.order_by(
        column.desc() if descending else column.asc(),
        AlertGroup.id.desc() if descending else AlertGroup.id.asc(),
    )
    rows = list(db.scalars(query.limit(limit + 1)))
    more = _token(getattr(rows[limit - 1], column.key), rows[limit - 1].id) if len(rows) > limit else ""
    platforms = _platforms(db, [row.id for row in rows[:limit]])
    return QueuePage([group_json(row, platforms[row.id]) for row in rows[:limit]], total, more)


def open_by_level(db: Session, scope: Scope) -> dict[str, int]:
    """How many open groups there are of each level; every level is named."""
    where = (AlertGroup.status == "open", *_in_scope(scope))
    query = select(AlertGroup.severity, func.count()).where(*where).group_by(AlertGroup.severity)
    counts = dict(iter(db.execute(query)))
    return {level: counts.get(severity, 0) for severity, level in enumerate(LEVELS)}


def read_group(db: Session, group: str, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """One row. NotFoundError when there is none in the scope."""
    row = db.scalar(select(AlertGroup).where(AlertGroup.id == group, *_in_scope(scope)))
    if row is None:
        raise NotFoundError(f"there is no alert group {group}")
    return group_json(row, _platforms(db, [group])[group])


def read_alerts(db: Session, group: str) -> list[dict[str, Any]]:
    """The newest alerts of a group, newest first, each with the rule as it read then."""
    query = select(AlertRow).where(AlertRow.group == group).order_by(AlertRow.opened_ns.desc(), AlertRow.id)
    return [alert_json(db, row) for row in db.scalars(query.limit(MAX_ALERTS))]


def read_history(db: Session, group: str) -> list[dict[str, Any]]:
    """What was done to a group, newest first."""
    query = select(Change).where(Change.group == group).order_by(Change.id.desc()).limit(MAX_HISTORY)
    return [_change_json(row) for row in db.scalars(query)]


def group_json(row: AlertGroup, platforms: Sequence[str]) -> dict[str, Any]:
    """AlertGroup of the HTTP API; times as text, since a browser's number would lose digits."""
    return {
        "group": row.id,
        "rule": row.rule,
        "platforms": list(platforms),
        "entities": row.entities,
        "status": row.status,
        "verdict": row.verdict,
        "reason": row.reason,
        "assignee": row.assignee,
        "count": row.count,
        "alerts": row.alerts,
        "first_ns": str(row.first_ns),
        "last_ns": str(row.last_ns),
        "seen_ns": str(row.seen_ns),
        "score": row.score,
        "version": row.version,
        "latest": row.latest,
    }


def alert_json(db: Session, row: AlertRow) -> dict[str, Any]:
    """AlertDetail of the HTTP API."""
    rule = db.get(RuleVersion, (row.rule_id, row.rule_version))
    return {
        **row.detail,
        "id": row.id,
        "opened_ns": str(row.opened_ns),
        "count": row.count,
        "stamps": {
            "packet": str(row.packet_ns),
            "parsed": str(row.parsed_ns),
            "matched": str(row.matched_ns),
            "stored": str(row.stored_ns),
            "shown": str(row.shown_ns),
        },
        "rule": rule.document if rule else {},
    }


def platforms_of(db: Session, group: str) -> list[str]:
    return _platforms(db, [group])[group]


def _change_json(row: Change) -> dict[str, Any]:
    return {
        "at_ns": str(row.at_ns),
        "account": row.account,
        "action": row.kind,
        "before": row.before,
        "after": row.after,
        "reason": row.after.get("reason", ""),
        "undone": row.undone,
    }


def _platforms(db: Session, groups: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {group: [] for group in groups}
    query = select(GroupPlatform).where(GroupPlatform.group.in_(groups)).order_by(GroupPlatform.platform)
    for row in db.scalars(query):
        found[row.group].append(row.platform)
    return found


def _order(sort: str) -> tuple[InstrumentedAttribute[int], bool]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise InvalidError(f"sort: one of {', '.join(SORTS)}, with - before it for descending")
    return column, sort.startswith("-")


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    where = _in_scope(wanted.scope)
    if wanted.status:
        where.append(AlertGroup.status.in_(_known("status", wanted.status, STATUSES)))
    if wanted.level:
        levels = _known("level", wanted.level, LEVELS)
        where.append(AlertGroup.severity.in_([LEVELS.index(level) for level in levels]))
    if wanted.platform:
        where.append(_on([wanted.platform]))
    if wanted.rule:
        where.append(AlertGroup.rule_id == wanted.rule)
    where.extend(AlertGroup.words.contains(word.lower(), autoescape=True) for word in wanted.text.split())
    return where


def _in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.platforms is None else [_on(sorted(scope.platforms))]


def _on(platforms: Sequence[str]) -> ColumnElement[bool]:
    touched = select(GroupPlatform.group).where(GroupPlatform.platform.in_(platforms))
    return AlertGroup.id.in_(touched)


def _known(name: str, given: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    if unknown := sorted(set(given) - set(known)):
        raise InvalidError(f"{name}: {unknown[0]} is none of {', '.join(known)}")
    return given


def _beyond(column: InstrumentedAttribute[int], descending: bool, after: str) -> list[ColumnElement[bool]]:
    if not after:
        return []
    value, group = _read_token(after)
    if descending:
        return [or_(column < value, and_(column == value, AlertGroup.id < group))]
    return [or_(column > value, and_(column == value, AlertGroup.id > group))]


def _token(value: int, group: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([value, group]).encode()).decode()


def _read_token(after: str) -> tuple[int, str]:
    try:
        value, group = json.loads(base64.urlsafe_b64decode(after.encode()))
    except (ValueError, binascii.Error, TypeError) as fault:
        raise InvalidError("after: not a page mark of this queue") from fault
    if type(value) is not int or abs(value) >= 2**63 or type(group) is not str:
        raise InvalidError("after: not a page mark of this queue")
    return value, group
