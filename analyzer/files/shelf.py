"""What is kept of the files, in SQL and in the vault: who may come in, who has to go."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analyzer.files import events
from analyzer.files.vault import Vault
from analyzer.state import File, FileVerdict, Sessions, announce

MIB = 1 << 20
# The store, the inbox and the logs have the first claim on the disk.
LEAST_FREE_BYTES = 1 << 30
# Rows looked at at once when room has to be made.
BATCH = 200
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass(frozen=True, slots=True)
class Answer:
    """To an offer. wanted: it may be sent. reason: why it is not wanted although it is not here."""

    wanted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """max_bytes: of one file; quota_bytes: of all."""

    max_bytes: int
    quota_bytes: int


class Shelf:
    """From any thread. stored: called after a file came in. clock: ns since 1970."""

    def __init__(
        self,
        sessions: Sessions,
        vault: Vault,
        limits: Limits,
        stored: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._limits = limits
        self._stored = stored
        self._clock = clock
        self._lock = threading.Lock()
        self._reconcile()

    def offered(self, sensor: str, sha256: str, size: int) -> Answer:
        with self._lock, self._sessions.begin() as db:
            row = db.get(File, sha256)
            if row is not None and row.stored:
                return Answer(wanted=False)
            if size == 0 or sha256 == EMPTY:
                return Answer(wanted=False, reason="nothing is in it")
            if size > self._limits.max_bytes:
                self._tell_too_large(db, row, sensor, sha256, size)
                return Answer(wanted=False, reason=f"larger than {self._limits.max_bytes // MIB} MiB")
            return self._room(db, size)

    def take(self, sensor: str, written: IO[bytes], sha256: str, size: int) -> None:
        """The content has arrived and is the one of this hash; durable when this returns."""
        self._vault.keep(sensor, written, sha256)
        with self._lock, self._sessions.begin() as db:
            row = File(
                sha256=sha256, size=size, mime="", received_ns=self._clock(), stored=True, sensor=sensor
            )
            db.merge(row)
        self._stored()

    def usage(self) -> tuple[int, int]:
        """(files, bytes) kept."""
        with self._sessions() as db:
            count, size = db.execute(
                select(func.count(), func.coalesce(func.sum(File.size), 0)).where(File.stored)
            ).one()
        return int(count), int(size)

    def _room(self, db: Session, size: int) -> Answer:
        if shutil.disk_usage(self._vault.folder).free < LEAST_FREE_BYTES + size:
            return Answer(wanted=False, reason="the disk has no room")
        total = db.scalar(select(func.coalesce(func.sum(File.size), 0)).where(File.stored)) or 0
        excess = total + size - self._limits.quota_bytes
        if excess > 0:
            self._let_go(db, excess)
        return Answer(wanted=True)

    def _let_go(self, db: Session, excess: int) -> None:
        """Oldest first, those with hits after all others: they are evidence."""
        hit = func.coalesce(FileVerdict.state, "") == "hit"
        oldest = (
            select(File)
            .outerjoin(FileVerdict, FileVerdict.sha256 == File.sha256)
            .where(File.stored)
            .order_by(hit, File.received_ns)
            .limit(BATCH)
        )
        while excess > 0 and (rows := list(db.scalars(oldest))):
            for row in rows:
                self._vault.remove(row.sha256)
                row.stored = False
                excess -= row.size
                if excess <= 0:
                    break
            db.flush()

    def _tell_too_large(self, db: Session, row: File | None, sensor: str, sha256: str, size: int) -> None:
        """Once for each content."""
        if row is not None:
            return
        now_ns = self._clock()
        db.add(File(sha256=sha256, size=size, mime="", received_ns=now_ns, stored=False, sensor=sensor))
        detail = f"{size} bytes, from {sensor}"
        announce(db, [events.anomaly("file_too_large", sha256, detail, {}, now_ns)])

    def _reconcile(self) -> None:
        """After a crash between disk and SQL: the disk is right."""
        on_disk = dict(self._vault.contents())
        with self._sessions.begin() as db:
            known = {row.sha256: row for row in db.scalars(select(File).where(File.stored))}
            gone = [sha256 for sha256 in known if sha256 not in on_disk]
            for start in range(0, len(gone), BATCH):
                chunk = gone[start : start + BATCH]
                db.execute(update(File).where(File.sha256.in_(chunk)).values(stored=False))
            for sha256 in on_disk.keys() - known.keys():
                size, now_ns = on_disk[sha256], self._clock()
                db.merge(File(sha256=sha256, size=size, mime="", received_ns=now_ns, stored=True, sensor=""))
