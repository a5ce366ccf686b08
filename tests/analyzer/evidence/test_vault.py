import hashlib
from pathlib import Path

import pytest

from analyzer.evidence.vault import Vault, place_of


def test_content_lies_under_its_hash_and_is_found_again(tmp_path: Path) -> None:
    vault = Vault(tmp_path, 100)
    sha256 = vault.store(b"packets")
    assert sha256 == hashlib.sha256(b"packets").hexdigest() == vault.store(b"packets")
    assert (tmp_path / sha256[:2] / sha256).read_bytes() == b"packets"
    again = Vault(tmp_path, 100)
    assert (sha256 in again, again.size) == (True, 7)
    assert (again.has_room(93), again.has_room(94)) == (True, False)
    again.drop(sha256)
    assert (sha256 in again, again.size, place_of(tmp_path, sha256).exists()) == (False, 0, False)


def test_what_nothing_refers_to_is_swept(tmp_path: Path) -> None:
    vault = Vault(tmp_path, 100)
    kept, lost = vault.store(b"kept"), vault.store(b"lost")
    half = place_of(tmp_path, kept).with_name("half.new")
    half.write_bytes(b"x")
    vault.sweep({kept})
    assert (kept in vault, lost in vault, half.exists()) == (True, False, False)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "/x", "a" * 64 + "\n"]
)
def test_a_name_that_is_no_hash_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        place_of(tmp_path, name)
