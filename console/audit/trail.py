"""The audit trail as the auditor reads it, newest first."""

from collections.abc import Mapping
from typing import Any

from analyzer.ledger import Entry, LedgerReader


def page(ledger: LedgerReader, before: int | None, limit: int) -> Mapping[str, Any]:
    """At most `limit` records older than index `before` (None: from the newest)."""
    entries = ledger.newest(limit, before)
    more = str(entries[-1].index) if len(entries) == limit and entries[-1].index > 0 else None
    return {"items": [described(entry) for entry in entries], "next": more}


def described(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "index": entry.index,
        "at_ns": record.at_ns,
        "account": record.actor.account,
        "session": record.actor.session,
        "address": record.actor.address,
        "action": record.action,
        "kind": record.kind,
        "object": record.object,
        "result": record.result,
        "reason": record.reason,
        "before": record.before,
        "after": record.after,
        "process": record.process,
    }
