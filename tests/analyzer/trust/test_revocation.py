from pathlib import Path

import pytest

from analyzer.errors import TrustError
from analyzer.trust.revocation import Revocation, RevocationList

ENTRY = Revocation("0AFF", "s-1", "stolen", "2026-11-01T00:00:00Z")


def test_a_revocation_is_seen_by_every_reader(tmp_path: Path) -> None:
    path = tmp_path / "revoked.json"
    reader = RevocationList(path)
    assert not reader.revoked(0x0AFF)
    RevocationList(path).revoke(ENTRY)
    assert reader.revoked(0x0AFF)
    assert not reader.revoked(0x0AFE)
    assert reader.entries() == (ENTRY,)


def test_entries_are_added_once(tmp_path: Path) -> None:
    revocations = RevocationList(tmp_path / "revoked.json")
    revocations.revoke(ENTRY)
    revocations.revoke(Revocation("aff", "s-1", "again", "2026-11-02T00:00:00Z"))
    revocations.revoke(Revocation("1", "s-2", "old", "2026-11-02T00:00:00Z"))
    assert [entry.serial for entry in RevocationList(tmp_path / "revoked.json").entries()] == ["0AFF", "1"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"revoked": [1]}',
        '{"revoked": [{"serial": "1"}]}',
        '{"revoked": [{"serial": "x", "name": "", "reason": "", "at": ""}]}',
    ],
)
def test_a_list_that_cannot_be_read_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / "revoked.json").write_text(content)
    with pytest.raises(TrustError, match=r"revoked\.json"):
        RevocationList(tmp_path / "revoked.json").revoked(5)
