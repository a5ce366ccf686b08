"""The book: what it writes, what it tells, and that it counts once (tests/analyzer/stream/test_road.py replays it)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.alerting import queue
from analyzer.alerting.book import CHUNK, AlertBook
from analyzer.records import Findings
from analyzer.state import AlertRow, Sessions, close
from tests.analyzer.alerting.test_fold import findings
from tests.analyzer.state.fresh import fresh_state
from tests.analyzer.stream.parts import HOUR, NOON, event


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = fresh_state(tmp_path)
    yield opened
    close(opened)


def at(position: int, *events: dict[str, Any]) -> Findings:
    return Findings(position, findings(*events).detections, "content-1")


def test_an_alert_is_told_once_and_repeats_as_its_group(sessions: Sessions) -> None:
    told: list[tuple[str, Any]] = []
    book = AlertBook(sessions, lambda *it: told.append(it), lambda: 77)
    documents = book.enter([at(0, event(1)), at(1, event(2, at_ns=NOON + 1))])
    assert list(documents) == [0]
    ((kind, data),) = told
    assert (kind, data["count"], data["alerts"], data["version"]) == ("alert", 2, 1, 1)
    assert data["alert"]["stamps"]["matched"] == "3"
    assert data["alert"]["rule"]["title_zh"] == "异常域名"
    told.clear()
    assert book.enter([at(2, event(3, at_ns=NOON + 2))]) == {}
    assert [(kind, data["count"]) for kind, data in told] == [("group", 3)]


def test_nothing_detected_costs_nothing(sessions: Sessions) -> None:
    book = AlertBook(sessions, lambda *it: None, lambda: 77)
    assert book.enter([at(0), at(1)]) == {}
    assert book.position() == -1
    book.settle(1)
    assert book.position() == 1
    book.settle(0)
    assert book.position() == 1


def test_more_victims_than_a_statement_takes(sessions: Sessions) -> None:
    book = AlertBook(sessions, lambda *it: None, lambda: 77)
    scan = [event(number, victim=f"10.0.{number // 256}.{number % 256}") for number in range(CHUNK * 2 + 1)]
    documents = book.enter([at(0, *scan)])
    assert documents[0].count(b"\n") == len(scan)
    book.enter([at(1, *scan)])
    with sessions() as db:
        page = queue.page(db, queue.Wanted(sort="count"))
    assert (page.total, page.items[0]["count"]) == (len(scan), 2)


def test_a_new_hour_is_a_new_alert_of_the_same_group(sessions: Sessions) -> None:
    book = AlertBook(sessions, lambda *it: None, lambda: 77)
    book.enter([at(0, event(1)), at(1, event(2, at_ns=NOON + HOUR))])
    with sessions() as db:
        (group,) = queue.page(db, queue.Wanted()).items
        alerts = queue.read_alerts(db, group["group"])
    assert (group["alerts"], group["latest"]) == (2, alerts[0]["id"])
    assert [it["events"] for it in alerts] == [["s1-e-2"], ["s1-e-1"]]


def test_only_live_alerts_are_stamped(sessions: Sessions) -> None:
    book = AlertBook(sessions, lambda *it: None, lambda: 77)
    book.enter([at(0, event(1), event(2, victim="192.0.2.8"))])
    with sessions.begin() as db:
        db.query(AlertRow).filter(AlertRow.id == db.query(AlertRow.id).limit(1).scalar_subquery()).update(
            {"packet_ns": 0}
        )
    book.stored(0)
    with sessions() as db:
        assert sorted(it.stored_ns for it in db.query(AlertRow)) == [0, 77]
