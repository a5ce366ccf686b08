"""Events the analyzer makes itself: written with the change that made them true, then carried to the inbox, once each.

The number of a row is the event's number in the analyzer's own epoch. What was carried and not yet crossed off before a
crash is carried again under the same numbers, and the inbox drops it.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from analyzer.state.database import Sessions
from analyzer.state.models import Announcement, Setting

OWN_EPOCH = "own_epoch"
# One batch: at most so many events, a few MiB of them.
MOST = 500

Carry = Callable[[str, int, Sequence[Announcement]], bool]
"""(epoch, number of the first, consecutive events) → whether they are durable in the inbox now."""


def announce(
    db: Session, events: Iterable[Mapping[str, Any]], *, packet_ns: int = 0, parsed_ns: int = 0
) -> None:
    """In the caller's transaction. packet_ns, parsed_ns: of the live traffic they come from (0: from a file)."""
    for event in events:
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        sound = line.encode(errors="replace").decode()
        db.add(Announcement(line=sound, packet_ns=packet_ns, parsed_ns=parsed_ns))
        # Numbers follow the order of adding, whatever the unit of work would make of it.
        db.flush()


def own_epoch(sessions: Sessions) -> str:
    """Made with the database: numbers of a lost one are never taken for those of its successor."""
    with sessions.begin() as db:
        row = db.get(Setting, OWN_EPOCH)
        if row is None:
            row = Setting(name=OWN_EPOCH, value={"epoch": secrets.token_hex(8)})
            db.add(row)
        return str(row.value["epoch"])


def deliver(sessions: Sessions, epoch: str, carry: Carry) -> int:
    """Carry what waits, oldest first; how many were carried. Stops when `carry` has no room."""
    carried = 0
    while batch := _batch(sessions):
        if not carry(epoch, batch[0].number, batch):
            break
        with sessions.begin() as db:
            db.execute(delete(Announcement).where(Announcement.number <= batch[-1].number))
        carried += len(batch)
    return carried


def waiting(sessions: Sessions) -> int:
    with sessions() as db:
        return db.scalar(select(func.count()).select_from(Announcement)) or 0


def _batch(sessions: Sessions) -> list[Announcement]:
    """The next events that may share a batch: all live or none, with consecutive numbers."""
    with sessions() as db:
        rows = list(db.scalars(select(Announcement).order_by(Announcement.number).limit(MOST)))
    live = bool(rows and rows[0].packet_ns)
    together = takewhile(
        lambda it: bool(it[1].packet_ns) == live and it[1].number == rows[0].number + it[0], enumerate(rows)
    )
    return [row for _, row in together]
