from pathlib import Path

import pytest

from sensor.outbox.files import replace_durably
from tests.sensor.packets import names


def test_content_is_replaced_and_private(tmp_path: Path) -> None:
    path = tmp_path / "made" / "file"
    replace_durably(path, b"one")
    replace_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(path.parent) == ["file"]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_durably(path, b"old")
    (tmp_path / "file.new").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_durably(path, b"new")
    assert path.read_bytes() == b"old"
