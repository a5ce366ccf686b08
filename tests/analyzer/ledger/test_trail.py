"""The audit trail on disk: durable, gapless, readable while it is written; a full one refuses."""

import random
from pathlib import Path

import pytest

from analyzer.errors import LedgerError
from analyzer.ledger import Actor, AuditRecord, Ledger, LedgerReader
from analyzer.ledger import trail as module
from sensor.errors import LogFailedError


def record(number: int) -> AuditRecord:
    return AuditRecord(number, "test", Actor("a"), "thing", str(number), "done")


def test_newest_first_in_pages(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    assert [ledger.record(record(number)) for number in range(700)] == list(range(700))
    reader = LedgerReader(tmp_path / "ledger")
    seen: list[int] = []
    before = None
    while page := reader.newest(97, before):
        assert [entry.index for entry in page] == [entry.record.at_ns for entry in page]
        seen += [entry.index for entry in page]
        before = page[-1].index
    assert seen == list(range(699, -1, -1))
    ledger.close()


def test_a_reader_sees_what_was_just_recorded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    reader = LedgerReader(tmp_path / "ledger")
    assert reader.newest(10) == []
    ledger.record(record(1))
    assert [entry.record for entry in reader.newest(10)] == [record(1)]
    ledger.close()


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    for number in range(3):
        ledger = Ledger(tmp_path / "ledger")
        assert ledger.record(record(number)) == number
        ledger.close()


def test_a_torn_tail_is_cut_and_the_rest_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for number in range(3):
        ledger.record(record(number))
    ledger.close()
    (segment,) = (tmp_path / "ledger").glob("*.log")
    segment.write_bytes(segment.read_bytes()[:-5])
    again = Ledger(tmp_path / "ledger")
    assert again.record(record(9)) == 2
    times = [entry.record.at_ns for entry in LedgerReader(tmp_path / "ledger").newest(10)]
    assert times == [9, 1, 0]
    again.close()


def test_a_full_trail_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 16 << 20)
    ledger = Ledger(tmp_path / "ledger")
    long = AuditRecord(1, "test", Actor("a"), "thing", "x", "done", reason=_noise())
    with pytest.raises(LedgerError, match="full") as caught:
        for _ in range(100):
            ledger.record(long)
    assert caught.value.hint
    ledger.close()


def test_a_failed_trail_refuses_and_opens_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.record(record(0))

    class Broken:
        def append(self, meta: bytes, payload: bytes) -> int:
            raise LogFailedError("EIO")

        def close(self) -> None:
            real.close()

    real, ledger._writer = ledger._writer, Broken()  # type: ignore[assignment]
    with pytest.raises(LedgerError, match="EIO"):
        ledger.record(record(1))
    assert ledger.record(record(2)) == 1
    ledger.close()


def test_a_second_writer_is_kept_out(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with pytest.raises(LedgerError):
        Ledger(tmp_path / "ledger")
    ledger.close()


def _noise() -> str:
    """Text that does not compress, about 1 MiB."""
    return random.Random(1).randbytes(1 << 19).hex()
