"""Asks sensors for the packets of alerts and keeps what they answer; on a thread of its own.

What is to be asked is in SQL (wants.py writes it), so a restart only asks again. One request is under way per sensor.
"""

import logging
import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from analyzer.errors import AnalyzerError
from analyzer.evidence.intake import Answer, Intake
from analyzer.evidence.vault import Vault
from analyzer.evidence.wants import AFTER_NS, BEFORE_NS, FILE_EPOCH_DIGITS, MAX_ASKS, SECOND
from analyzer.ledger import SYSTEM, Actor, AuditRecord
from analyzer.state import AlertGroup, Evidence, Sessions
from sensor.orders import FlowRequest, PacketRequest, Packets, encode_order

MAX_BYTES = 8 << 20
"""Of one alert's packets on one sensor: some thousand packets, more than anybody reads."""
TICK_S = 0.25
"""How soon after an alert its packets are asked for."""
ANSWER_NS = 60 * SECOND
"""A sensor searches for 20 s at most and sends some MiB; one that has not answered by now is asked again."""
AWAY_NS, AGAIN_NS = 5 * SECOND, 10 * SECOND
GIVE_UP_NS = 24 * 3_600 * SECOND
"""No ring of ordinary size holds a busy link's packets for longer."""
SWEEP_NS = 3_600 * SECOND
UNJUDGED = ("open", "escalated")

Send = Callable[[str, str], bool]
"""An order's text to a sensor; False when it is not connected."""

log = logging.getLogger(__name__)


def nobody(_sensor: str, _text: str) -> bool:
    """No sensor is connected yet."""
    return False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request under way. deadline_ns: when it is given up."""

    order: str
    row: int
    deadline_ns: int


@dataclass(frozen=True, slots=True)
class Status:
    """Counts are of packet slices: kept, still to be had, not to be had. fault: the last one, until something is kept.

    sacrificed: slices of alerts nobody has judged that had to make room. stalled_s: since when the oldest slice that
    was asked for has been waited for.
    """

    kept: int
    waiting: int
    failed: int
    sacrificed: int
    bytes: int
    max_bytes: int
    stalled_s: int
    fault: str


class Collector:
    """record: Ledger.record. clock: ns since 1970."""

    def __init__(
        self,
        sessions: Sessions,
        vault: Vault,
        record: Callable[[AuditRecord], int],
        clock: Callable[[], int],
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._record = record
        self._send: Send = nobody
        self._clock = clock
        self._answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        self.intake = Intake(lambda sensor, answer: self._answers.put((sensor, answer)))
        self._asked: dict[str, Asked] = {}
        self._swept_ns = 0
        self._fault = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="evidence")

    def start(self, send: Send) -> None:
        self.connect(send)
        self._thread.start()

    def connect(self, send: Send) -> None:
        """send: Inbox.order."""
        self._send = send

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def status(self) -> Status:
        """From any thread."""
        with self._sessions() as db:
            counts = select(Evidence.state, func.count()).group_by(Evidence.state)
            states = {row.state: row[1] for row in db.execute(counts)}
            asked = (Evidence.state == "waiting", Evidence.asks > 0)
            oldest_ns = db.scalar(select(func.min(Evidence.noted_ns)).where(*asked))
            sacrificed = sacrifices(db)
        return Status(
            kept=states.get("obtained", 0),
            waiting=states.get("waiting", 0),
            failed=states.get("missed", 0),
            sacrificed=sacrificed,
            bytes=self._vault.size,
            max_bytes=self._vault.max_bytes,
            stalled_s=0 if oldest_ns is None else max(0, self._clock() - oldest_ns) // SECOND,
            fault=self._fault,
        )

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.step(TICK_S)
            except (AnalyzerError, SQLAlchemyError, OSError) as fault:
                if str(fault) != self._fault:
                    log.error("evidence waits: %s", fault)
                self._fault = str(fault)
                self._stopping.wait(TICK_S)

    def step(self, wait_s: float = 0.0) -> None:
        """Take answers, then ask for what is due."""
        try:
            sensor, answer = self._answers.get(timeout=wait_s) if wait_s else self._answers.get_nowait()
        except queue.Empty:
            pass
        else:
            self._take(sensor, answer)
        now_ns = self._clock()
        self._forget_late(now_ns)
        for sensor in self._due_sensors(now_ns):
            self._ask(sensor, now_ns)
        if now_ns - self._swept_ns >= SWEEP_NS:
            self._sweep()
            self._swept_ns = now_ns

    def _forget_late(self, now_ns: int) -> None:
        for sensor, asked in list(self._asked.items()):
            if now_ns > asked.deadline_ns:
                self.intake.forget(sensor)
                del self._asked[sensor]

    def _due_sensors(self, now_ns: int) -> Sequence[str]:
        due = select(Evidence.sensor).where(Evidence.due_ns > 0, Evidence.due_ns <= now_ns).distinct()
        with self._sessions() as db:
            return [sensor for sensor in db.scalars(due) if sensor not in self._asked]

    def _ask(self, sensor: str, now_ns: int) -> None:
        due = (Evidence.sensor == sensor, Evidence.due_ns > 0, Evidence.due_ns <= now_ns)
        with self._sessions.begin() as db:
            row = db.scalars(select(Evidence).where(*due).order_by(Evidence.due_ns).limit(1)).one()
            order = f"packets-{row.id}-{secrets.token_hex(8)}"
            self.intake.expect(sensor, order, MAX_BYTES)
            if not self._send(sensor, encode_order(Packets(order, request_of(row)))):
                self.intake.forget(sensor)
                # All of them: thousands of alerts of one sensor that is away cost one look each time.
                db.execute(update(Evidence).where(*due).values(due_ns=now_ns + AWAY_NS))
                give_up(db, sensor, now_ns)
                return
            row.requested_ns = now_ns
            # Asked again should no answer come.
            row.due_ns = now_ns + ANSWER_NS + AGAIN_NS
            row.asks += 1
            self._asked[sensor] = Asked(order, row.id, now_ns + ANSWER_NS)

    def _take(self, sensor: str, answer: Answer) -> None:
        asked = self._asked.get(sensor)
        if asked is None or asked.order != answer.order:
            return
        try:
            with self._sessions.begin() as db:
                row = db.get(Evidence, asked.row)
                if row is not None:  # retention may have taken its alert
                    self._settle(db, row, answer)
        finally:
            # After a fault it is asked again when its time has come.
            del self._asked[sensor]

    def _settle(self, db: Session, row: Evidence, answer: Answer) -> None:
        now_ns = self._clock()
        before = row.sha256
        if answer.left:
            row.due_ns = now_ns + AWAY_NS
        elif answer.count:
            self._keep(db, row, answer, now_ns)
            row.due_ns = next_due(row, before, now_ns)
        else:
            lack(row, answer, now_ns)

    def _keep(self, db: Session, row: Evidence, answer: Answer, now_ns: int) -> None:
        if answer.count < row.packets and row.sha256 in self._vault:
            return  # the ring has lost some since: what is kept is more
        self._make_room(db, row, len(answer.pcap))
        before = row.sha256
        row.sha256 = self._vault.store(answer.pcap)
        row.bytes, row.packets = len(answer.pcap), answer.count
        row.complete = answer.complete and not row.overflow
        row.reason = answer.reason or ("flows" if row.overflow else "")
        row.state, row.obtained_ns = "obtained", now_ns
        self._fault = ""
        if row.sha256 != before:
            self._tell("evidence.obtain", row, now_ns)
            db.flush()
            self._drop_unused(db, before)

    def _make_room(self, db: Session, row: Evidence, size: int) -> None:
        """Evidence of judged alerts goes first, then the oldest of the open ones; never what is being replaced."""
        while not self._vault.has_room(size):
            held = select(Evidence).join(AlertGroup, AlertGroup.id == Evidence.group)
            held = held.where(Evidence.state == "obtained", Evidence.id != row.id)
            order = (AlertGroup.status.in_(UNJUDGED), Evidence.obtained_ns)
            victim = db.scalar(held.order_by(*order).limit(1))
            if victim is None:
                return
            self._tell("evidence.drop", victim, self._clock())
            same = Evidence.sha256 == victim.sha256
            db.execute(update(Evidence).where(same).values(state="dropped", reason="quota", due_ns=0))
            db.flush()
            self._vault.drop(victim.sha256)

    def _drop_unused(self, db: Session, sha256: str) -> None:
        used = db.scalar(select(Evidence.id).where(Evidence.sha256 == sha256).limit(1))
        if sha256 and used is None:
            self._vault.drop(sha256)

    def _sweep(self) -> None:
        with self._sessions() as db:
            held = set(db.scalars(select(Evidence.sha256).where(Evidence.state == "obtained")))
        self._vault.sweep(held)

    def _tell(self, action: str, row: Evidence, now_ns: int) -> None:
        about = {
            "sha256": row.sha256,
            "alert": row.alert,
            "sensor": row.sensor,
            "bytes": row.bytes,
            "packets": row.packets,
            "complete": row.complete,
            "reason": row.reason,
        }
        self._record(AuditRecord(now_ns, action, Actor(SYSTEM), "evidence", row.sha256, "done", after=about))


def sacrifices(db: Session) -> int:
    """Slices that made room although somebody is still to look at their alerts."""
    dropped = select(func.count()).select_from(Evidence).join(AlertGroup, AlertGroup.id == Evidence.group)
    return db.scalar(dropped.where(Evidence.state == "dropped", AlertGroup.status.in_(UNJUDGED))) or 0


def request_of(row: Evidence) -> PacketRequest:
    after = BEFORE_NS if len(row.epoch) == FILE_EPOCH_DIGITS else AFTER_NS
    return PacketRequest(
        epoch=row.epoch,
        first_ns=row.first_ns - BEFORE_NS,
        last_ns=row.last_ns + after,
        flows=tuple(FlowRequest(**flow) for flow in row.flows),
        sides="both",
        max_bytes=MAX_BYTES,
    )


def next_due(row: Evidence, before: str, now_ns: int) -> int:
    """When to ask again after an answer with packets, 0 for never. before: hash of what was had until now."""
    if row.asks >= MAX_ASKS or row.reason == "limit":
        return 0
    if row.reason == "time":
        return now_ns + AGAIN_NS
    if len(row.epoch) == FILE_EPOCH_DIGITS:
        return 0
    end_ns = row.last_ns + AFTER_NS
    if now_ns < end_ns:
        return end_ns + SECOND
    if row.sha256 == before:
        return 0
    # It went on: another stretch.
    row.last_ns = now_ns
    return now_ns + AFTER_NS + SECOND


def lack(row: Evidence, answer: Answer, now_ns: int) -> None:
    """Nothing came: once more soon, since a ring may lag a moment behind its events; then it is settled."""
    tried = row.asks >= 3 and answer.reason != "time"
    row.due_ns = 0 if tried or row.asks >= MAX_ASKS else now_ns + AGAIN_NS
    if tried and row.state == "waiting":
        row.state, row.reason = "missed", answer.reason or "absent"


def give_up(db: Session, sensor: str, now_ns: int) -> None:
    late = (Evidence.sensor == sensor, Evidence.due_ns > 0, Evidence.noted_ns < now_ns - GIVE_UP_NS)
    db.execute(
        update(Evidence).where(*late, Evidence.state == "waiting").values(state="missed", reason="away")
    )
    db.execute(update(Evidence).where(*late).values(due_ns=0))
