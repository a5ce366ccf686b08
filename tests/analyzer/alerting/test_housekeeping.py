"""Old days go once a day, each recorded first; without a record they stay."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analyzer.alerting.housekeeping import DAY_NS, SECOND, Housekeeping
from analyzer.errors import LedgerError
from analyzer.ledger import AuditRecord
from analyzer.state import AlertGroup, AlertRow, Sessions, close, set_retention_days
from analyzer.store.base import Partition
from tests.analyzer.control.groups import add_group
from tests.analyzer.state.fresh import fresh_state

NOW = 20_000 * DAY_NS


def notebook(told: list[AuditRecord]) -> Callable[[AuditRecord], int]:
    """Ledger.record as a list."""

    def record(record: AuditRecord) -> int:
        told.append(record)
        return len(told) - 1

    return record


class Shelf:
    """The store as far as housekeeping knows it: one partition a day, 2024-10-04 is day 20,000."""

    def __init__(self) -> None:
        self.kept = [
            Partition("events", "2024-10-03", 5, 10, NOW - DAY_NS),
            Partition("events", "2024-01-01", 7, 10, NOW - 270 * DAY_NS),
            Partition("events", "2010-01-01", 9, 10, NOW - DAY_NS),
        ]

    def partitions(self) -> Sequence[Partition]:
        return list(self.kept)

    def drop(self, kind: str, day: str) -> None:
        self.kept = [it for it in self.kept if (it.kind, it.day) != (kind, day)]


def test_old_days_go_and_old_captures_stay(tmp_path: Path) -> None:
    """A capture of 2010 that was read yesterday was collected yesterday."""
    sessions = fresh_state(tmp_path)
    told: list[AuditRecord] = []
    shelf = Shelf()
    house = Housekeeping(sessions, notebook(told), 180, lambda: NOW)
    house(shelf)  # type: ignore[arg-type]
    assert [it.day for it in shelf.kept] == ["2024-10-03", "2010-01-01"]
    ((action, kind, name, before),) = [(it.action, it.kind, it.object, it.before) for it in told]
    assert (action, kind, name) == ("retention.drop", "partition", "events/2024-01-01")
    assert before == {"count": 7, "retention_days": 180}
    assert told[0].actor.account == "@system"
    assert len(house.partitions) == 3
    close(sessions)


def test_once_a_day_or_when_the_days_change(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    now = [NOW]
    told: list[AuditRecord] = []
    shelf = Shelf()
    house = Housekeeping(sessions, notebook(told), 3_650, lambda: now[0])
    house(shelf)  # type: ignore[arg-type]
    with sessions.begin() as db:
        set_retention_days(db, 180)
    now[0] += 3_600 * SECOND
    house(shelf)  # type: ignore[arg-type]
    assert told == []
    house.due()
    house(shelf)  # type: ignore[arg-type]
    assert len(told) == 1
    close(sessions)


def test_no_record_no_loss(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    add_group(sessions, "old", seen_ns=NOW - 200 * DAY_NS)
    shelf = Shelf()

    def broken(_record: AuditRecord) -> int:
        raise LedgerError("no disk")

    with pytest.raises(LedgerError):
        Housekeeping(sessions, broken, 180, lambda: NOW)(shelf)  # type: ignore[arg-type]
    assert len(shelf.kept) == 3
    assert rows(sessions) == (1, 1)
    close(sessions)


def test_groups_nothing_was_added_to_go_with_their_alerts(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    add_group(sessions, "old", seen_ns=NOW - 181 * DAY_NS, last_ns=NOW)
    add_group(sessions, "new", seen_ns=NOW - 179 * DAY_NS, last_ns=0)
    told: list[AuditRecord] = []
    shelf = Shelf()
    shelf.kept = []
    Housekeeping(sessions, notebook(told), 180, lambda: NOW)(shelf)  # type: ignore[arg-type]
    assert [(it.kind, it.object, it.before) for it in told] == [
        ("alert groups", "until 2024-04-07", {"count": 1, "retention_days": 180})
    ]
    assert rows(sessions) == (1, 1)
    close(sessions)


def rows(sessions: Sessions) -> tuple[int, int]:
    with sessions() as db:
        return db.query(AlertGroup).count(), db.query(AlertRow).count()
