"""What lies in the vault, oldest first."""

import os
from pathlib import Path

from sensor.extract.index import Index, place

A, B = "a" * 64, "b" * 64


def test_only_files_named_by_hash_count_and_the_oldest_is_first(tmp_path: Path) -> None:
    for age, sha256 in enumerate((B, A)):
        path = place(tmp_path, sha256)
        path.parent.mkdir()
        path.write_bytes(b"x" * (age + 1))
        os.utime(path, ns=(age, age))
    (tmp_path / "aa" / "note.txt").write_text("not a file of ours")
    (tmp_path / "partial").mkdir()
    index = Index.read(tmp_path)
    assert list(index.sizes) == [B, A]
    assert index.bytes == 3


def test_a_file_counts_once(tmp_path: Path) -> None:
    index = Index()
    index.add(A, 5)
    index.add(A, 7)
    index.add(B, 1)
    index.renew(A)
    assert (index.bytes, list(index.sizes)) == (8, [B, A])
    index.remove(A)
    index.remove(A)
    assert index.bytes == 1
    assert A not in index
