import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from analyzer.evidence.collector import ANSWER_NS, AWAY_NS, GIVE_UP_NS, MAX_BYTES, Collector
from analyzer.evidence.intake import Answer
from analyzer.evidence.vault import Vault, place_of
from analyzer.evidence.wants import AFTER_NS, BEFORE_NS, note
from analyzer.ledger import AuditRecord
from analyzer.state import AlertGroup, Evidence, Sessions, close
from sensor.orders import Packets, parse_order
from tests.analyzer.evidence.case import FILE, LIVE, NOON, SECOND, add_alert, event, pcap
from tests.analyzer.state.fresh import fresh_state


class Rig:
    """A collector whose thread does not run: steps are made by hand, the sensor is a list of orders."""

    def __init__(self, folder: Path, max_bytes: int = 10_000) -> None:
        self.folder = folder
        self.sessions: Sessions = fresh_state(folder)
        self.now_ns = NOON
        self.away = False
        self.orders: list[Packets] = []
        self.records: list[AuditRecord] = []
        self.vault = Vault(folder / "evidence", max_bytes)
        self.collector = self.fresh()

    def fresh(self) -> Collector:
        made = Collector(self.sessions, self.vault, self._record, lambda: self.now_ns)
        made.connect(self._send)
        return made

    def _record(self, record: AuditRecord) -> int:
        self.records.append(record)
        return len(self.records)

    def _send(self, sensor: str, text: str) -> bool:
        assert sensor == "edge-1"
        if not self.away:
            order = parse_order(json.loads(text)["order"])
            assert isinstance(order, Packets)
            self.orders.append(order)
        return not self.away

    def alert(self, name: str = "a1", *, status: str = "open", epoch: str = LIVE, port: int = 40_000) -> None:
        with self.sessions.begin() as db:
            note(db, add_alert(db, name, status=status), [event(0, epoch=epoch, port=port)], self.now_ns)

    def step(self, later_ns: int = 0) -> None:
        self.now_ns += later_ns
        self.collector.step()

    def answer(self, packets: int, filler: int = 0, **more: Any) -> None:
        content = {"pcap": pcap(packets, filler), "count": packets, "complete": True, **more}
        self.collector._answers.put(("edge-1", Answer(self.orders[-1].id, **content)))
        self.collector.step()

    def row(self, alert: str = "a1") -> Evidence:
        with self.sessions() as db:
            return db.scalars(select(Evidence).where(Evidence.alert == alert)).one()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    close(made.sessions)


def test_an_alerts_packets_are_asked_for_at_once_and_kept_by_hash(rig: Rig) -> None:
    rig.alert()
    rig.step()
    (order,) = rig.orders
    request = order.request
    assert (request.epoch, request.sides, request.max_bytes) == (LIVE, "both", MAX_BYTES)
    assert (request.first_ns, request.last_ns) == (NOON - BEFORE_NS, NOON + AFTER_NS)
    assert [(flow.source, flow.source_port, flow.protocol) for flow in request.flows] == [
        ("10.0.0.1", 40_000, 17)
    ]
    rig.answer(3)
    row = rig.row()
    assert (row.state, row.packets, row.bytes, row.complete) == ("obtained", 3, len(pcap(3)), True)
    assert place_of(rig.folder / "evidence", row.sha256).read_bytes() == pcap(3)
    (record,) = rig.records
    assert (record.action, record.object, record.actor.account) == ("evidence.obtain", row.sha256, "@system")


def test_a_conversation_is_asked_for_again_until_it_stands_still(rig: Rig) -> None:
    rig.alert()
    rig.step()
    rig.answer(3)
    first = rig.row().sha256
    rig.step(SECOND)
    assert len(rig.orders) == 1, "not before the margin has passed"
    rig.step(AFTER_NS + SECOND)
    rig.answer(7)
    assert (rig.row().packets, first in rig.vault) == (7, False)
    rig.step(AFTER_NS + 2 * SECOND)
    assert rig.orders[-1].request.last_ns > NOON + 2 * AFTER_NS
    rig.answer(7)
    assert (rig.row().due_ns, len(rig.orders), len(rig.records)) == (0, 3, 2)


def test_a_file_is_asked_once(rig: Rig) -> None:
    rig.alert(epoch=FILE)
    rig.step()
    rig.answer(3)
    assert rig.row().due_ns == 0


def test_a_sensor_that_is_away_is_asked_when_it_comes_and_given_up_one_day(rig: Rig) -> None:
    rig.away = True
    rig.alert()
    rig.step()
    assert rig.row().due_ns == NOON + AWAY_NS
    rig.away = False
    rig.step(AWAY_NS)
    assert len(rig.orders) == 1
    rig.alert("a2")
    rig.away = True
    rig.step(GIVE_UP_NS + ANSWER_NS)
    rig.step(SECOND)
    row = rig.row("a2")
    assert (row.state, row.reason, row.due_ns) == ("missed", "away", 0)


def test_no_answer_and_a_restart_only_ask_again(rig: Rig) -> None:
    rig.alert()
    rig.step()
    rig.collector = rig.fresh()
    rig.step(2 * ANSWER_NS)
    assert len(rig.orders) == 2
    rig.step(2 * ANSWER_NS)
    assert len(rig.orders) == 3
    rig.answer(0, left=True)
    rig.step(AWAY_NS)
    assert len(rig.orders) == 4


def test_an_answer_to_an_older_order_is_not_taken(rig: Rig) -> None:
    rig.alert()
    rig.step()
    rig.collector._answers.put(("edge-1", Answer("packets-1-other", pcap(9), 9, True)))
    rig.step()
    assert rig.row().state == "waiting"


def test_what_the_ring_never_had_is_said_after_three_attempts(rig: Rig) -> None:
    rig.alert()
    for _ in range(3):
        rig.step(20 * SECOND)
        rig.answer(0, complete=False, reason="absent")
    row = rig.row()
    assert (row.state, row.reason, row.due_ns, row.sha256) == ("missed", "absent", 0, "")


def test_what_was_had_is_not_replaced_by_less(rig: Rig) -> None:
    rig.alert()
    rig.step()
    rig.answer(5)
    rig.step(AFTER_NS + 2 * SECOND)
    rig.answer(2, complete=False, reason="rolled_over")
    assert (rig.row().packets, rig.row().complete) == (5, True)


def test_judged_alerts_make_room_first_and_it_is_recorded(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_bytes=2 * len(pcap(10)) + 10)
    for name, status in (("open", "open"), ("judged", "false_positive"), ("new", "open")):
        rig.alert(name, status=status)
        rig.step()
        rig.answer(10, filler=len(name))
        rig.step()
    assert [rig.row(name).state for name in ("open", "judged", "new")] == ["obtained", "dropped", "obtained"]
    assert [it.action for it in rig.records].count("evidence.drop") == 1
    rig.alert("last")
    rig.step()
    rig.answer(10, filler=99)
    assert rig.row("open").state == "dropped", "then the oldest of the open ones"
    close(rig.sessions)


def test_evidence_goes_with_its_alert(rig: Rig) -> None:
    rig.alert()
    rig.step()
    rig.answer(3)
    sha256 = rig.row().sha256
    with rig.sessions.begin() as db:
        db.delete(db.get_one(AlertGroup, "group-a1"))
    rig.step(2 * 3_600 * SECOND)
    assert sha256 not in rig.vault


def test_the_thread_starts_works_and_ends(rig: Rig) -> None:
    rig.collector.start(rig._send)
    assert rig.collector.alive
    assert rig.collector.status().waiting == 0
    rig.collector.stop()
    assert not rig.collector.alive


def test_status_tells_what_is_kept_waited_for_and_lost(rig: Rig) -> None:
    rig.alert("kept")
    rig.step()
    rig.answer(3)
    rig.alert("asked", port=40_001)
    rig.step()
    rig.step(200 * SECOND)
    status = rig.collector.status()
    assert (status.kept, status.waiting, status.failed, status.sacrificed) == (1, 1, 0, 0)
    assert (status.bytes, status.max_bytes, status.stalled_s) == (len(pcap(3)), 10_000, 200)
    with rig.sessions.begin() as db:
        for row in db.scalars(select(Evidence)):
            row.state = "dropped" if row.alert == "kept" else "missed"
    status = rig.collector.status()
    assert (status.kept, status.failed, status.sacrificed, status.stalled_s) == (0, 1, 1, 0)


def test_a_sensor_that_is_away_has_not_been_asked(rig: Rig) -> None:
    rig.away = True
    rig.alert()
    rig.step()
    rig.step(3_600 * SECOND)
    assert (rig.collector.status().waiting, rig.collector.status().stalled_s) == (1, 0)
