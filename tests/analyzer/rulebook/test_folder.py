"""The rule folder and its lock."""

import subprocess
from pathlib import Path

import pytest

from analyzer.errors import RulebookError
from analyzer.rulebook.folder import (
    MAX_RULE_BYTES,
    Fault,
    check_lock,
    read_logsources,
    read_rules,
    shipped,
    write_lock,
)
from tests.analyzer.rulebook.folders import folder, text


def test_rules_come_by_path_without_the_table(tmp_path: Path) -> None:
    faults: list[Fault] = []
    files = list(read_rules(folder(tmp_path, b="b", a="a"), faults))
    assert [(file.path, file.text) for file in files] == [
        ("sigma/deep/a.yml", "a"),
        ("sigma/deep/b.yml", "b"),
    ]
    assert faults == []


def test_a_file_too_large_is_a_fault(tmp_path: Path) -> None:
    faults: list[Fault] = []
    assert list(read_rules(folder(tmp_path, big="x" * (MAX_RULE_BYTES + 1)), faults)) == []
    assert [fault.path for fault in faults] == ["sigma/deep/big.yml"]


def test_a_link_to_nowhere_is_a_fault(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "sigma" / "gone.yml").symlink_to("nowhere")
    faults: list[Fault] = []
    assert list(read_rules(root, faults)) == []
    assert "cannot be read" in faults[0].message


def test_no_table_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(RulebookError) as caught:
        read_logsources(tmp_path)
    assert caught.value.hint


def test_a_fresh_lock_has_no_faults(tmp_path: Path) -> None:
    root = folder(tmp_path, one=text())
    assert write_lock(root) == 2
    assert check_lock(root) == []


def test_a_lock_is_what_sha256sum_checks(tmp_path: Path) -> None:
    root = folder(tmp_path, one=text())
    write_lock(root)
    subprocess.run(
        ["sha256sum", "--check", "--strict", "rules.lock"], cwd=root, check=True, capture_output=True
    )


def test_every_difference_is_shown(tmp_path: Path) -> None:
    root = folder(tmp_path, changed="x", removed="x", same="x")
    write_lock(root)
    deep = root / "sigma" / "deep"
    (deep / "changed.yml").write_text("y")
    (deep / "removed.yml").unlink()
    (deep / "added.yml").write_text("x")
    found = {(Path(fault.path).stem, fault.message.split(" ")[1], fault.kind) for fault in check_lock(root)}
    assert found == {("changed", "from", "locked"), ("removed", "in", "locked"), ("added", "on", "locked")}


def test_no_lock_is_a_fault(tmp_path: Path) -> None:
    (fault,) = check_lock(folder(tmp_path))
    assert (fault.path, fault.kind) == ("rules.lock", "locked")


def test_what_is_no_utf_8_in_the_lock_is_a_fault(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "rules.lock").write_bytes(b"\xff\xfe  x\n")
    assert check_lock(root)


def test_the_shipped_folder_is_locked() -> None:
    assert check_lock(shipped()) == []
