import os
from pathlib import Path

import pytest

from sensor.outbox import BatchMeta, Outbox, OutboxReader
from sensor.outbox.reader import read_acked


def filled(folder: Path, batches: int) -> OutboxReader:
    """Batches of 1 MiB that do not shrink: a segment is full after some fifteen."""
    outbox = Outbox(folder / "log", folder / "acked")
    for number in range(batches):
        outbox.append(BatchMeta("e", number, 1), os.urandom(1 << 19).hex().encode() + b"\n")
    outbox.close()
    return OutboxReader(folder / "log", folder / "acked")


def test_it_goes_on_where_it_was_acknowledged(tmp_path: Path) -> None:
    reader = filled(tmp_path, 3)
    assert reader.position == 0
    assert [record.index for record in reader.read(1, 1 << 30)] == [1, 2]
    reader.acknowledge(2)
    assert OutboxReader(tmp_path / "log", tmp_path / "acked").position == 2


def test_acknowledging_frees_space_and_never_goes_back(tmp_path: Path) -> None:
    reader = filled(tmp_path, 60)
    before = reader.bytes
    reader.acknowledge(58)
    assert reader.bytes < before / 2
    assert [record.index for record in reader.read(58, 1 << 30)] == [58, 59]
    reader.acknowledge(10)
    assert reader.position == 58
    assert reader.damaged == 0


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"index": -4}', '{"index": "4"}', "null", "\x00" * 20]
)
def test_a_damaged_file_sends_everything_again(tmp_path: Path, content: str) -> None:
    (tmp_path / "acked").write_text(content)
    assert read_acked(tmp_path / "acked") == 0


def test_a_missing_file_starts_from_the_beginning(tmp_path: Path) -> None:
    assert read_acked(tmp_path / "acked") == 0
