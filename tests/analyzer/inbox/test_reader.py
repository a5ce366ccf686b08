from pathlib import Path

from analyzer.inbox.journal import Journal
from analyzer.inbox.reader import InboxReader
from sensor._native import LogWriter
from tests.analyzer.inbox.rig import arrival, lines


def test_batches_come_in_order_with_their_meta(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    journal.commit([arrival(tmp_path, "e", 0, 2), arrival(tmp_path, "e", 2, 1)])
    reader = InboxReader(tmp_path / "log", lambda: journal.durable)
    first, second = reader.read(0)
    assert (first.position, second.position) == (0, 1)
    assert first.ndjson == lines("e", 0, 2)
    assert first.meta == {
        "epoch": "e",
        "sequence": 0,
        "count": 2,
        "packet": 0,
        "parsed": 0,
        "sensor": "s-1",
        "received": 5,
    }
    assert reader.read(1) == [second]
    assert reader.read(2) == []


def test_only_durable_batches_are_handed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    journal.commit([arrival(tmp_path, "e", number, 1) for number in range(3)])
    reader = InboxReader(tmp_path / "log", lambda: 2)
    assert [batch.position for batch in reader.read(0)] == [0, 1]
    assert reader.read(2) == []


def test_a_batch_that_cannot_be_unpacked_says_so(tmp_path: Path) -> None:
    writer = LogWriter(str(tmp_path / "log"))
    writer.append(b'{"sensor":"s"}', b"\n" * (17 << 20))
    reader = InboxReader(tmp_path / "log", lambda: 1)
    (batch,) = reader.read(0)
    assert batch.ndjson == b""
    assert "longer than" in batch.fault
