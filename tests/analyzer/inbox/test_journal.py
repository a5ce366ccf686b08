import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.inbox import journal as module
from analyzer.inbox.journal import Journal
from analyzer.inbox.positions import Positions
from analyzer.inbox.reader import InboxReader
from sensor.errors import LogFailedError
from tests.analyzer.inbox.rig import arrival, frame_of, ids


def content(journal: Journal, folder: Path) -> list[str]:
    return ids(InboxReader(folder, lambda: journal.durable).read(0))


def test_duplicates_are_dropped_and_overlaps_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    given = [
        arrival(tmp_path, "e", start, count) for start, count in ((0, 3), (0, 3), (2, 3), (1, 2), (9, 1))
    ]
    verdicts = journal.commit(given)
    assert [(verdict.new, verdict.missing) for verdict in verdicts] == [
        (3, 0),
        (0, 0),
        (2, 0),
        (0, 0),
        (1, 4),
    ]
    assert content(journal, tmp_path / "log") == [f"e-{n}" for n in (0, 1, 2, 3, 4, 9)]


def test_sensors_and_epochs_are_apart(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    given = [
        arrival(tmp_path, "e", 0, 1),
        arrival(tmp_path, "f", 0, 1),
        arrival(tmp_path, "e", 0, 1, sensor="t"),
    ]
    assert [verdict.new for verdict in journal.commit(given)] == [1, 1, 1]


def test_a_bad_batch_is_refused_and_the_others_taken(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    good, bad = arrival(tmp_path, "e", 0, 2), arrival(tmp_path, "e", 2, 2)
    verdicts = journal.commit([good, replace(bad, frame=bad.frame[:-3]), bad])
    assert [bool(verdict.refusal) for verdict in verdicts] == [False, True, False]
    assert content(journal, tmp_path / "log") == ["e-0", "e-1", "e-2", "e-3"]


def test_a_restart_remembers_with_and_without_a_checkpoint(tmp_path: Path) -> None:
    for trims in (False, True):
        folder = tmp_path / str(trims)
        journal = Journal(folder)
        journal.commit([arrival(tmp_path, "e", 0, 3)])
        if trims:
            journal.trim(1)
        journal.commit([arrival(tmp_path, "e", 3, 3)])
        journal.close()
        again = Journal(folder)
        verdicts = again.commit([arrival(tmp_path, "e", start, 3) for start in (0, 3, 6)])
        assert [verdict.new for verdict in verdicts] == [0, 0, 3]
        assert again.durable == 3
        again.close()


def test_numbers_start_where_the_store_says(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", at_least=50)
    journal.commit([arrival(tmp_path, "e", 0, 1)])
    assert journal.durable == 51


def test_a_full_log_takes_what_fits_and_the_rest_after_a_trim(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", max_bytes=100_000)
    frame = frame_of(os.urandom(20_000).hex().encode() + b"\n", tmp_path)
    batches = [replace(arrival(tmp_path, "e", number, 1), frame=frame) for number in range(8)]
    taken = len(journal.commit(batches))
    assert taken == 4
    assert "full" in journal.obstacle
    assert len(journal.commit(batches[taken:])) == 0
    journal.trim(journal.durable)
    assert len(journal.commit(batches)) == 8
    assert not journal.obstacle


def test_a_batch_larger_than_the_log_is_refused_not_waited_for(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", max_bytes=10_000)
    frame = frame_of(os.urandom(20_000).hex().encode() + b"\n", tmp_path)
    verdicts = journal.commit(
        [replace(arrival(tmp_path, "e", 0, 1), frame=frame), arrival(tmp_path, "f", 0, 1)]
    )
    assert [bool(verdict.refusal) for verdict in verdicts] == [True, False]


def test_after_a_fault_nothing_is_acknowledged_before_the_disk_was_read_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    journal.commit([arrival(tmp_path, "e", 0, 1)])
    log = FailingSync(journal._log)
    journal._log = log  # type: ignore[assignment]
    waiting = [arrival(tmp_path, "e", 1, 1)]
    assert journal.commit(waiting) == []
    assert "failed" in journal.obstacle
    assert journal.durable == 1
    # The record was written, its fsync failed: recovery writes it again, and then it is a duplicate.
    assert [verdict.refusal for verdict in journal.commit(waiting)] == [""]
    assert log.closed
    assert content(journal, tmp_path / "log") == ["e-0", "e-1"]
    assert journal.durable == 2


class FailingSync:
    """The log with a disk whose fsync fails once; the log's own tests show what it does then."""

    def __init__(self, log: object) -> None:
        self._log = log
        self.closed = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._log, name)

    def sync(self) -> None:
        raise LogFailedError("fsync failed")

    def close(self) -> None:
        self.closed = True
        self._log.close()  # type: ignore[attr-defined]


def test_a_trim_on_a_full_disk_uses_what_was_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "log")
    journal.commit([arrival(tmp_path, "e", 0, 1)])
    reserve = tmp_path / "log" / module.RESERVE
    assert reserve.stat().st_size == module.RESERVE_BYTES
    save = Positions.save

    def save_when_there_is_room(positions: Positions, path: Path) -> None:
        if reserve.exists():
            raise OSError(errno.ENOSPC, "no space")
        save(positions, path)

    monkeypatch.setattr(Positions, "save", save_when_there_is_room)
    journal.trim(1)
    assert (tmp_path / "log" / module.CHECKPOINT).exists()
    assert reserve.exists()


def test_a_checkpoint_is_written_although_nothing_is_trimmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_BATCHES", 3)
    journal = Journal(tmp_path / "log")
    for number in range(4):
        journal.commit([arrival(tmp_path, "e", number, 1)])
    assert Positions.load(tmp_path / "log" / module.CHECKPOINT).index == 3
