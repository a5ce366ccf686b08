"""Contents lie under their hash, whole or not at all; nothing else decides where."""

from pathlib import Path

import pytest

from analyzer.files.vault import Vault
from tests.analyzer.files.parcel import digest

CONTENT = b"content"


def keep(vault: Vault, content: bytes = CONTENT) -> Path:
    with vault.begin("s-1") as file:
        file.write(content)
        vault.keep("s-1", file, digest(content))
    return vault.path(digest(content))


def test_kept_by_hash_and_private(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "files")
    path = keep(vault)
    assert path == tmp_path / "files" / digest(CONTENT)[:2] / digest(CONTENT)
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o077 == 0
    assert list(vault.contents()) == [(digest(CONTENT), len(CONTENT))]
    vault.remove(digest(CONTENT))
    vault.remove(digest(CONTENT))
    assert list(vault.contents()) == []


def test_what_was_under_way_is_gone_after_a_restart(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "files")
    keep(vault)
    with vault.begin("s-2") as file:
        file.write(b"half")
    again = Vault(tmp_path / "files")
    assert list((tmp_path / "files" / "partial").iterdir()) == []
    assert len(list(again.contents())) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n"])
def test_only_a_hash_names_a_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Vault(tmp_path).path(name)


def test_a_second_upload_of_a_sensor_replaces_the_first(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    first = vault.begin("s-1")
    second = vault.begin("s-1")
    second.write(CONTENT)
    vault.keep("s-1", second, digest(CONTENT))
    first.close()
    assert vault.path(digest(CONTENT)).read_bytes() == CONTENT
