import logging
import os
import threading
from pathlib import Path

import pytest

from sensor._native import LogReader
from sensor.outbox import BatchMeta, Outbox
from sensor.outbox.spool import Spool

LINE = os.urandom(45_000).hex().encode() + b"\n"


def test_a_full_outbox_is_said_once_and_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox(tmp_path / "log", tmp_path / "acked", max_bytes=100_000)
    spool = Spool(outbox, threading.Event())
    with caplog.at_level(logging.INFO):
        for number in range(2):
            assert spool.put(BatchMeta("e", number, 1), LINE)
        blocked = threading.Thread(target=spool.put, args=(BatchMeta("e", 2, 1), LINE))
        blocked.start()
        blocked.join(0.7)
        assert blocked.is_alive()
        assert spool.obstacle
        LogReader(str(tmp_path / "log")).trim(2)
        blocked.join(5)
    assert not blocked.is_alive()
    assert not spool.obstacle
    assert [entry.message for entry in caplog.records] == ["cannot write events", "events are written again"]
    assert outbox.end("e") == 3


def test_waiting_ends_with_the_process(tmp_path: Path) -> None:
    stop = threading.Event()
    spool = Spool(Outbox(tmp_path / "log", tmp_path / "acked", max_bytes=50_000), stop)
    assert spool.put(BatchMeta("e", 0, 1), LINE)
    stop.set()
    assert not spool.put(BatchMeta("e", 1, 1), LINE)


def test_a_failed_log_is_reopened(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "log", tmp_path / "acked")
    spool = Spool(outbox, threading.Event())
    assert spool.put(BatchMeta("e", 0, 1), LINE)
    outbox.close()  # as after a failed write: every call raises LogFailedError
    spool.sync()
    assert spool.put(BatchMeta("e", 1, 1), LINE)
    assert outbox.end("e") == 2
    assert len(LogReader(str(tmp_path / "log")).read(0)) == 2
