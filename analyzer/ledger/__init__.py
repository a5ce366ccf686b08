"""The audit trail: no record, no change."""

from analyzer.ledger.record import LOCAL, RESULTS, SYSTEM, Actor, AuditRecord
from analyzer.ledger.trail import Entry, Ledger, LedgerReader

__all__ = ["LOCAL", "RESULTS", "SYSTEM", "Actor", "AuditRecord", "Entry", "Ledger", "LedgerReader"]
