"""Between batches: old data goes, whole days at a time, and every day that went is in the audit trail."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from analyzer.ledger import SYSTEM, Actor, AuditRecord
from analyzer.state import AlertGroup, Sessions, retention_days
from analyzer.store.base import Partition, StoreWriter
from analyzer.store.retention import expired

SECOND = 1_000_000_000
DAY_NS = 86_400 * SECOND
# The status page's figures may be this old.
COUNT_NS = 5 * SECOND


class Housekeeping:
    """Runs on the store's thread. record: Ledger.record; when it fails nothing is dropped. clock: ns since 1970."""

    def __init__(
        self,
        sessions: Sessions,
        record: Callable[[AuditRecord], int],
        default_days: int,
        clock: Callable[[], int],
    ) -> None:
        self._sessions = sessions
        self._record = record
        self._default_days = default_days
        self._clock = clock
        self._counted_ns = 0
        self._pruned_day = -1
        self.partitions: Sequence[Partition] = ()

    def __call__(self, store: StoreWriter) -> None:
        now_ns = self._clock()
        if now_ns - self._counted_ns >= COUNT_NS:
            self._counted_ns = now_ns
            self.partitions = store.partitions()
        if now_ns // DAY_NS != self._pruned_day:
            self._prune(store, now_ns)
            self._pruned_day = now_ns // DAY_NS

    def due(self) -> None:
        """Look again at the next opportunity, not only tomorrow: the days to keep have changed."""
        self._pruned_day = -1

    def _prune(self, store: StoreWriter, now_ns: int) -> None:
        with self._sessions() as db:
            days = retention_days(db, self._default_days)
        for partition in expired(store.partitions(), days=days, now_ns=now_ns):
            self._tell(now_ns, "partition", f"{partition.kind}/{partition.day}", partition.documents, days)
            store.drop(partition.kind, partition.day)
        self._prune_groups(now_ns, days)

    def _prune_groups(self, now_ns: int, days: int) -> None:
        """Groups nothing was added to for so long go with their alerts and history."""
        old = AlertGroup.seen_ns < now_ns - days * DAY_NS
        with self._sessions.begin() as db:
            count = db.scalar(select(func.count()).select_from(AlertGroup).where(old)) or 0
            if count:
                until = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=now_ns // DAY_NS - days)
                self._tell(now_ns, "alert groups", f"until {until:%Y-%m-%d}", count, days)
                db.execute(delete(AlertGroup).where(old))

    def _tell(self, now_ns: int, kind: str, name: str, count: int, days: int) -> None:
        before = {"count": count, "retention_days": days}
        self._record(AuditRecord(now_ns, "retention.drop", Actor(SYSTEM), kind, name, "done", before=before))
