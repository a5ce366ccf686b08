import json
import os
from pathlib import Path

import pytest

from sensor._native import LogReader
from sensor.errors import LogError, LogFailedError, LogFullError
from sensor.outbox import BatchMeta, Outbox
from sensor.outbox.batch import MAX_PAYLOAD


def lines(start: int, count: int, width: int = 20) -> bytes:
    return b"".join(b'{"n":%d,"x":"%s"}\n' % (number, b"x" * width) for number in range(start, start + count))


def stored(folder: Path) -> list[tuple[BatchMeta, bytes]]:
    records = LogReader(str(folder)).read(0, 1 << 30)
    return [(BatchMeta.decode(record.meta), record.payload()) for record in records]


def events(folder: Path) -> bytes:
    """Everything in the log, in order; the metas agree with it."""
    for meta, payload in stored(folder):
        assert payload.count(b"\n") == meta.count
        assert json.loads(payload.split(b"\n", 1)[0])["n"] == meta.sequence
    return b"".join(payload for _, payload in stored(folder))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "log", tmp_path / "acked")


def test_a_batch_given_again_adds_nothing(outbox: Outbox, tmp_path: Path) -> None:
    for _ in range(3):
        outbox.append(BatchMeta("e", 0, 5), lines(0, 5))
    assert events(tmp_path / "log") == lines(0, 5)


def test_only_what_is_new_of_a_batch_is_added(outbox: Outbox, tmp_path: Path) -> None:
    outbox.append(BatchMeta("e", 0, 5), lines(0, 5))
    outbox.append(BatchMeta("e", 3, 5), lines(3, 5))
    outbox.append(BatchMeta("e", 0, 9), lines(0, 9))
    assert events(tmp_path / "log") == lines(0, 9)


def test_a_restart_knows_what_is_there(outbox: Outbox, tmp_path: Path) -> None:
    outbox.append(BatchMeta("e", 0, 5), lines(0, 5))
    outbox.append(BatchMeta("f", 0, 2), lines(0, 2))
    outbox.close()
    again = Outbox(tmp_path / "log", tmp_path / "acked")
    assert (again.end("e"), again.end("f"), again.end("g")) == (5, 2, 0)
    again.append(BatchMeta("e", 0, 6), lines(0, 6))
    assert stored(tmp_path / "log")[-1] == (BatchMeta("e", 5, 1), lines(5, 1))


def test_a_large_batch_is_cut_at_line_ends(outbox: Outbox, tmp_path: Path) -> None:
    whole = lines(0, 1000, width=10_000)
    outbox.append(BatchMeta("e", 0, 1000), whole)
    assert events(tmp_path / "log") == whole
    assert len(stored(tmp_path / "log")) == 3
    assert all(len(payload) <= MAX_PAYLOAD for _, payload in stored(tmp_path / "log"))


def test_a_giant_line_stays_whole(outbox: Outbox, tmp_path: Path) -> None:
    whole = lines(0, 1, width=MAX_PAYLOAD + 5) + lines(1, 2)
    outbox.append(BatchMeta("e", 0, 3), whole)
    assert events(tmp_path / "log") == whole


def test_a_count_that_is_not_the_lines_is_refused(outbox: Outbox) -> None:
    with pytest.raises(LogError, match="3 events has 2 lines"):
        outbox.append(BatchMeta("e", 0, 3), lines(0, 2))


def test_numbers_of_acknowledged_batches_never_come_again(tmp_path: Path) -> None:
    """The link may have sent, and the analyzer acknowledged, what a power cut then took from this disk."""
    (tmp_path / "acked").write_text('{"index": 70}')
    outbox = Outbox(tmp_path / "log", tmp_path / "acked")
    outbox.append(BatchMeta("e", 0, 1), lines(0, 1))
    assert [record.index for record in LogReader(str(tmp_path / "log")).read(0)] == [70]


def test_a_full_outbox_refuses_and_takes_the_rest_later(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "log", tmp_path / "acked", max_bytes=100_000)
    whole = os.urandom(60_000).hex().encode() + b"\n"
    outbox.append(BatchMeta("e", 0, 1), whole)
    with pytest.raises(LogFullError, match="full") as fault:
        outbox.append(BatchMeta("e", 1, 1), whole)
    assert "budget" in fault.value.hint
    assert outbox.end("e") == 1
    LogReader(str(tmp_path / "log")).trim(1)
    outbox.append(BatchMeta("e", 1, 1), whole)
    assert outbox.end("e") == 2


def test_after_a_fault_it_is_reopened(outbox: Outbox, tmp_path: Path) -> None:
    outbox.append(BatchMeta("e", 0, 1), lines(0, 1))
    outbox.close()
    with pytest.raises(LogFailedError):
        outbox.append(BatchMeta("e", 1, 1), lines(1, 1))
    outbox.reopen()
    outbox.append(BatchMeta("e", 1, 1), lines(1, 1))
    outbox.sync()
    assert events(tmp_path / "log") == lines(0, 2)
