from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analyzer.errors import TrustError
from analyzer.trust.authority import LEAF_LIFE, RENEW_BEFORE, read_certificate
from analyzer.trust.keys import credentials, prepare_keys

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_all_is_made_once_and_private(tmp_path: Path) -> None:
    assert prepare_keys(tmp_path, ["s-1", "s-2"], [], NOW) == ["analyzer", "console", "s-1", "s-2"]
    files = {path.relative_to(tmp_path / "keys").as_posix() for path in (tmp_path / "keys").rglob("*.*")}
    names = ("ca", "analyzer", "console", "sensor/s-1", "sensor/s-2")
    assert files == {f"{name}.{kind}" for name in names for kind in ("crt", "key")}
    assert all((tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600 for name in files)
    assert prepare_keys(tmp_path, ["s-1", "s-2"], [], NOW) == []


def test_what_ends_soon_is_renewed_with_the_same_key(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s-1"], [], NOW)
    key = credentials(tmp_path, "sensor/s-1").key.read_bytes()
    before = NOW + LEAF_LIFE - RENEW_BEFORE - timedelta(seconds=1)
    assert prepare_keys(tmp_path, ["s-1"], [], before) == []
    assert prepare_keys(tmp_path, ["s-1"], [], before + timedelta(seconds=1)) == [
        "analyzer",
        "console",
        "s-1",
    ]
    assert credentials(tmp_path, "sensor/s-1").key.read_bytes() == key


def test_a_new_name_needs_a_new_certificate(tmp_path: Path) -> None:
    prepare_keys(tmp_path, [], [], NOW)
    assert prepare_keys(tmp_path, [], ["starwatch.example", "10.1.2.3"], NOW) == ["analyzer", "console"]
    assert prepare_keys(tmp_path, [], ["10.1.2.3"], NOW) == []


def test_another_key_needs_a_new_certificate(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s-1"], [], NOW)
    credentials(tmp_path, "sensor/s-1").key.unlink()
    assert prepare_keys(tmp_path, ["s-1"], [], NOW) == ["s-1"]


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    prepare_keys(tmp_path / "a", ["s-1"], [], NOW)
    prepare_keys(tmp_path / "b", ["s-1"], [], NOW)
    ours, theirs = credentials(tmp_path / "a", "console"), credentials(tmp_path / "b", "console")
    ours.certificate.write_bytes(theirs.certificate.read_bytes())
    ours.key.write_bytes(theirs.key.read_bytes())
    assert prepare_keys(tmp_path / "a", ["s-1"], [], NOW) == ["console"]
    assert read_certificate(ours.certificate) != read_certificate(theirs.certificate)


def test_a_lost_root_key_is_said_not_replaced(tmp_path: Path) -> None:
    """A new root would lock out every sensor in silence."""
    prepare_keys(tmp_path, [], [], NOW)
    (tmp_path / "keys" / "ca.key").unlink()
    with pytest.raises(TrustError, match=r"ca\.key"):
        prepare_keys(tmp_path, [], [], NOW)


def test_a_key_others_may_read_is_said(tmp_path: Path) -> None:
    prepare_keys(tmp_path, [], [], NOW)
    credentials(tmp_path, "analyzer").key.chmod(0o644)
    with pytest.raises(TrustError, match="others may read"):
        prepare_keys(tmp_path, [], [], NOW)
