"""Pages of the trail, from the real ledger."""

from pathlib import Path

import pytest

from analyzer.ledger import LOCAL, Actor, AuditRecord, Ledger, LedgerReader
from console.audit.trail import page


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_cover_everything_once(tmp_path: Path, limit: int) -> None:
    ledger = Ledger(tmp_path)
    for number in range(7):
        ledger.record(AuditRecord(number, "test", Actor(LOCAL), "thing", str(number), "done"))
    reader = LedgerReader(tmp_path)
    found: list[str] = []
    before = None
    while True:
        got = page(reader, before, limit)
        found += [it["object"] for it in got["items"]]
        if got["next"] is None:
            break
        before = int(got["next"])
    ledger.close()
    assert found == [str(number) for number in range(6, -1, -1)]


def test_an_empty_trail(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    assert page(LedgerReader(tmp_path), None, 10) == {"items": [], "next": None}
