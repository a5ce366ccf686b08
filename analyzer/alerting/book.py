"""The book of alerts: every sighting is counted exactly once, whatever is replayed; people learn of it at once.

The state remembers up to which inbox batch sightings have been counted, in the same transaction. A batch given again
after a crash counts nothing, but its alerts' documents are made again for the store, which keeps each once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from analyzer.alerting import document, judge, score
from analyzer.alerting.document import severity
from analyzer.alerting.fold import Sighting, fold
from analyzer.alerting.queue import alert_json, group_json, platforms_of
from analyzer.errors import StoreError
from analyzer.ledger import SYSTEM
from analyzer.records import Findings
from analyzer.state import (
    AlertGroup,
    AlertRow,
    GroupPlatform,
    RuleVersion,
    Sessions,
    position,
    set_position,
)

CONSUMER = "alerting"
# SQLite takes 32,766 variables a statement.
CHUNK = 500
MAX_WORDS = 4_096


class Witness(Protocol):
    def __call__(
        self, db: Session, alert: AlertRow, events: Sequence[Mapping[str, Any]], now_ns: int, /
    ) -> None:
        """An alert was opened by these events, or grew by them; in the transaction that counts them."""


def nobody(_db: Session, _alert: AlertRow, _events: Sequence[Mapping[str, Any]], _now_ns: int) -> None:
    """Nothing else is kept of an alert."""


class AlertBook:
    """publish: told (kind, data) of `alert` and `group` once the change is durable. clock: ns since 1970.
    witness: who else takes note of the events of alerts.
    """

    def __init__(
        self,
        sessions: Sessions,
        publish: Callable[[str, Mapping[str, Any]], None],
        clock: Callable[[], int],
        witness: Witness = nobody,
    ) -> None:
        self._sessions = sessions
        self._witness = witness
        self._publish = publish
        self._clock = clock
        # Alerts opened before a crash still wait for their stamp.
        self._unstamped = True

    def position(self) -> int:
        """The last batch whose sightings are all counted; -1 before the first."""
        with self._sessions() as db:
            return position(db, CONSUMER)

    def enter(self, findings: Sequence[Findings]) -> Mapping[int, bytes]:
        """Count the detections of batches in order; the alert documents to store, by batch position."""
        if not any(found.detections for found in findings):
            return {}
        try:
            with self._sessions.begin() as db:
                page = _Page(db, self._clock(), self._witness)
                documents = {found.position: page.enter(found) for found in findings}
                set_position(db, CONSUMER, max(page.counted, findings[-1].position))
                db.flush()
                news = page.news()
        except OperationalError as fault:
            raise StoreError(f"the state cannot be written: {fault.orig}") from fault
        self._unstamped = self._unstamped or bool(page.opened)
        for kind, data in news:
            self._publish(kind, data)
        return {number: lines for number, lines in documents.items() if lines}

    def settle(self, number: int) -> None:
        """Everything up to batch `number` is counted; to be called before the store's commit."""
        try:
            with self._sessions.begin() as db:
                set_position(db, CONSUMER, max(number, position(db, CONSUMER)))
        except OperationalError as fault:
            raise StoreError(f"the state cannot be written: {fault.orig}") from fault

    def stored(self, number: int) -> None:
        """The store has committed batches up to `number`: the time goes onto their alerts."""
        if not self._unstamped:
            return
        # Stamps say how long live traffic took; what was read from a file has none.
        waiting = (AlertRow.stored_ns == 0, AlertRow.packet_ns > 0, AlertRow.position <= number)
        with self._sessions.begin() as db:
            db.execute(update(AlertRow).where(*waiting).values(stored_ns=self._clock()))
        self._unstamped = False


class _Page:
    """One transaction's work on the book."""

    def __init__(self, db: Session, now_ns: int, witness: Witness) -> None:
        self._db = db
        self._now_ns = now_ns
        self._witness = witness
        self.counted = position(db, CONSUMER)
        self.opened: list[AlertRow] = []
        self._touched: dict[str, AlertGroup] = {}

    def enter(self, found: Findings) -> bytes:
        """Count one batch; the documents of the alerts it opened (also when it opened them before a crash)."""
        sightings = fold(found)
        alerts = self._rows(AlertRow, (it.alert.id for it in sightings))
        groups = self._rows(AlertGroup, (it.alert.group for it in sightings))
        lines = []
        for sighting in sightings:
            row = alerts.get(sighting.alert.id)
            if found.position > self.counted:
                row = self._count(sighting, row, groups, found.position)
                self._witness(self._db, row, sighting.alert.events, self._now_ns)
            if row is not None and row.position == found.position:
                lines.append(document.line(sighting))
        self._db.flush()
        return b"".join(lines)

    def news(self) -> list[tuple[str, Mapping[str, Any]]]:
        """`alert` for every alert opened, `group` for every other group that moved."""
        shown = {row.group for row in self.opened}
        alerts = [
            ("alert", {**self._group(row.group), "alert": alert_json(self._db, row)}) for row in self.opened
        ]
        return [*alerts, *(("group", self._group(it)) for it in self._touched if it not in shown)]

    def _rows(self, model: type[Any], ids: Iterable[str]) -> dict[str, Any]:
        wanted = list(dict.fromkeys(ids))
        found = {}
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            found.update({row.id: row for row in self._db.scalars(select(model).where(model.id.in_(chunk)))})
        return found

    def _count(
        self, sighting: Sighting, row: AlertRow | None, groups: dict[str, AlertGroup], number: int
    ) -> AlertRow:
        alert = sighting.alert
        group = groups.get(alert.group)
        if group is None:
            group = groups[alert.group] = self._new_group(sighting)
        self._touched[alert.group] = group
        group.count += sighting.count
        group.first_ns = min(group.first_ns, sighting.first_ns)
        group.last_ns = max(group.last_ns, sighting.last_ns)
        group.seen_ns = self._now_ns
        if row is None:
            return self._open(sighting, group, number)
        row.count += sighting.count
        row.last_ns = max(row.last_ns, sighting.last_ns)
        return row

    def _open(self, sighting: Sighting, group: AlertGroup, number: int) -> AlertRow:
        alert = sighting.alert
        self._remember_rule(alert.rule)
        row = AlertRow(
            id=alert.id,
            group=alert.group,
            rule_id=alert.rule.id,
            rule_version=alert.rule.version,
            position=number,
            opened_ns=sighting.first_ns,
            last_ns=sighting.last_ns,
            count=sighting.count,
            detail=document.detail(alert),
            packet_ns=alert.stamps.packet,
            parsed_ns=alert.stamps.parsed,
            matched_ns=alert.stamps.matched,
            stored_ns=0,
            shown_ns=0,
        )
        self._db.add(row)
        self.opened.append(row)
        group.alerts += 1
        group.latest = alert.id
        group.rule = document.rule_head(alert.rule)
        group.severity = severity(alert.rule)
        group.score = max(group.score, score.total(alert.score))
        if group.status == "acknowledged":
            judge.reopen(self._db, group, account=SYSTEM, now_ns=self._now_ns)
        return row

    def _new_group(self, sighting: Sighting) -> AlertGroup:
        alert = sighting.alert
        head = document.rule_head(alert.rule)
        words = [head["title"], head["title_zh"], *alert.entities.values(), *alert.platforms]
        group = AlertGroup(
            id=alert.group,
            rule_id=alert.rule.id,
            rule=head,
            severity=severity(alert.rule),
            entities=dict(alert.entities),
            words=" ".join(words).lower()[:MAX_WORDS],
            status="open",
            verdict="open",
            reason="",
            assignee="",
            count=0,
            alerts=0,
            first_ns=sighting.first_ns,
            last_ns=sighting.last_ns,
            seen_ns=self._now_ns,
            score=0,
            version=1,
            latest=alert.id,
        )
        self._db.add(group)
        self._db.flush()
        self._db.add_all(GroupPlatform(group=alert.group, platform=name) for name in alert.platforms)
        return group

    def _remember_rule(self, rule: Any) -> None:
        if self._db.get(RuleVersion, (rule.id, rule.version)) is None:
            self._db.add(RuleVersion(id=rule.id, version=rule.version, document=asdict(rule)))

    def _group(self, group: str) -> dict[str, Any]:
        return group_json(self._touched[group], platforms_of(self._db, group))
