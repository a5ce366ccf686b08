"""The thread around the road: what it waits for, what it survives, what it says."""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.alerting.book import AlertBook
from analyzer.errors import StoreError, StoreFullError
from analyzer.state import Sessions, close
from analyzer.stream import pipeline as module
from analyzer.stream.pipeline import Pipeline
from analyzer.stream.quarantine import Quarantine
from analyzer.stream.road import Stages
from tests.analyzer.state.fresh import fresh_state
from tests.analyzer.stream.parts import MemoryDisk, MemorySource, MemoryStore, event, judge


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = fresh_state(tmp_path)
    yield opened
    close(opened)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE_S", 0.02)


class Line:
    """A pipeline over parts in memory. fail: before every act on the store."""

    def __init__(
        self, sessions: Sessions, folder: Path, fail: Callable[[str, int], None] = lambda act, position: None
    ) -> None:
        self.source = MemorySource()
        self.disk = MemoryDisk()
        self.chores = 0
        book = AlertBook(sessions, lambda kind, data: None, time.time_ns)
        quarantine = Quarantine(folder / "quarantine", lambda *it: None, time.time_ns)
        stages = Stages(self.source, judge, book, quarantine, time.monotonic)
        self.pipeline = Pipeline(stages, lambda: MemoryStore(self.disk, fail), self._chore)

    def _chore(self, store: Any) -> None:
        self.chores += store is not None

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline, self.pipeline.status()
            time.sleep(0.005)


def test_what_arrives_is_carried_and_stopping_commits(sessions: Sessions, tmp_path: Path) -> None:
    line = Line(sessions, tmp_path)
    line.pipeline.start()
    line.source.add(event(0, odd=True))
    line.until(lambda: line.disk.committed == 0)
    line.source.add(event(1))
    line.until(lambda: line.pipeline.status()["position"] == 1)
    line.pipeline.stop()
    assert line.disk.ids("events") == ["s1-e-0", "s1-e-1"]
    assert line.pipeline.status()["state"] == "stopped"
    assert line.chores > 0


def test_a_wake_up_is_answered_in_milliseconds(sessions: Sessions, tmp_path: Path) -> None:
    line = Line(sessions, tmp_path)
    line.pipeline.start()
    line.until(lambda: line.pipeline.status()["state"] == "running")
    time.sleep(0.05)
    begun = time.monotonic()
    line.source.add(event(0))
    line.until(lambda: line.pipeline.status()["position"] == 0)
    assert time.monotonic() - begun < module.IDLE_S / 2
    line.pipeline.stop()


def test_a_full_disk_is_waited_for(sessions: Sessions, tmp_path: Path) -> None:
    room: list[bool] = []

    def full(act: str, _position: int) -> None:
        if not room:
            raise StoreFullError("no room")

    line = Line(sessions, tmp_path, full)
    line.source.add(event(0, odd=True))
    line.pipeline.start()
    line.until(lambda: line.pipeline.status()["state"] == "full")
    assert line.pipeline.status()["fault"] == "no room"
    line.until(lambda: line.pipeline.status()["restarts"] >= 3)
    assert (line.source.trimmed, line.disk.committed) == (0, -1)
    room.append(True)
    line.until(lambda: line.disk.committed == 0)
    assert (line.pipeline.status()["state"], line.pipeline.status()["fault"]) == ("running", "")
    line.pipeline.stop()
    assert (line.disk.ids("events"), len(line.disk.ids("alerts"))) == (["s1-e-0"], 1)


def test_a_store_that_cannot_be_opened_is_tried_again(sessions: Sessions, tmp_path: Path) -> None:
    line = Line(sessions, tmp_path)
    tries = itertools.count()

    def opening() -> MemoryStore:
        if next(tries) < 3:
            raise StoreError("locked by another")
        return MemoryStore(line.disk)

    line.pipeline._open_store = opening
    line.source.add(event(0))
    line.pipeline.start()
    line.until(lambda: line.pipeline.status()["position"] == 0)
    line.pipeline.stop()


def test_poison_does_not_make_it_wait(sessions: Sessions, tmp_path: Path) -> None:
    line = Line(sessions, tmp_path)
    for number in range(6):
        line.source.add(event(number), fault="damaged" if number % 2 else "")
    line.pipeline.start()
    line.until(lambda: line.pipeline.status()["position"] == 5)
    line.pipeline.stop()
    assert line.disk.ids("events") == [
        "s1-e-0",
        "s1-inbox-1",
        "s1-e-2",
        "s1-inbox-3",
        "s1-e-4",
        "s1-inbox-5",
    ]


def test_stopping_before_starting(sessions: Sessions, tmp_path: Path) -> None:
    line = Line(sessions, tmp_path)
    line.pipeline.stop()
    assert not line.pipeline.alive
