"""Whatever fails and whenever: every event is in the store once, every detection is counted once."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from analyzer.alerting.book import AlertBook
from analyzer.errors import StoreError, StoreFullError
from analyzer.state import AlertGroup, AlertRow, Change, Sessions, close
from analyzer.stream.quarantine import Quarantine
from analyzer.stream.road import COMMIT_BATCHES, COMMIT_S, PoisonedBatchError, Progress, Road, Stages
from tests.analyzer.state.fresh import fresh_state
from tests.analyzer.stream.parts import HOUR, NOON, MemoryDisk, MemorySource, MemoryStore, event, judge

EVENTS = 24


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = fresh_state(tmp_path)
    yield opened
    close(opened)


class World:
    """Everything durable; `travel` is one life of the analyzer."""

    def __init__(self, sessions: Sessions, folder: Path) -> None:
        self.sessions = sessions
        self.source = MemorySource()
        self.disk = MemoryDisk()
        self.pushes: list[tuple[str, Any]] = []
        self.now = 0.0
        self.aside: list[tuple[int, str]] = []
        self.folder = folder
        self.progress = Progress()

    def fill(self) -> None:
        """Batches of two events; every third event is odd; victims and hours change."""
        for first in range(0, EVENTS, 2):
            self.source.add(*(self._event(number) for number in (first, first + 1)))

    def _event(self, number: int) -> dict[str, Any]:
        victim = f"192.0.2.{number % 2}"
        return event(number, victim, NOON + (number // 12) * HOUR, odd=number % 3 == 0)

    def stages(self, judged: Any = judge) -> Stages:
        book = AlertBook(self.sessions, lambda kind, data: self.pushes.append((kind, data)), lambda: 99)
        quarantine = Quarantine(self.folder / "quarantine", lambda *it: self.aside.append(it), lambda: NOON)
        return Stages(self.source, judged, book, quarantine, lambda: self.now)

    def travel(self, fail: Any = lambda act, position: None, steps: int = 50, judged: Any = judge) -> None:
        store = MemoryStore(self.disk, fail)
        try:
            road = Road(self.stages(judged), store, self.progress)
            for _ in range(steps):
                self.now += 0.4
                road.step()
            road.commit()
        finally:
            store.close()

    def summary(self) -> dict[str, Any]:
        with self.sessions() as db:
            groups = [
                (it.id, it.count, it.alerts, it.first_ns, it.last_ns, it.latest, it.score)
                for it in db.scalars(select(AlertGroup).order_by(AlertGroup.id))
            ]
            alerts = [
                (it.id, it.count, it.opened_ns, it.last_ns, it.detail)
                for it in db.scalars(select(AlertRow).order_by(AlertRow.id))
            ]
        return {
            "groups": groups,
            "alerts": alerts,
            "events": sorted(self.disk.ids("events")),
            "documents": sorted(self.disk.ids("alerts")),
        }


def expected(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    sessions = fresh_state(folder)
    world = World(sessions, folder)
    world.fill()
    world.travel()
    close(sessions)
    return world.summary()


def test_every_event_arrives_once(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.fill()
    world.travel()
    found = world.summary()
    assert found["events"] == sorted(f"s1-e-{number}" for number in range(EVENTS))
    assert found["documents"] == [it[0] for it in found["alerts"]]
    assert sum(it[1] for it in found["groups"]) == EVENTS / 3
    assert world.source.trimmed == EVENTS / 2
    assert (world.progress.batches, world.progress.detections) == (EVENTS / 2, EVENTS / 3)


def test_a_replayed_inbox_changes_nothing(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.fill()
    world.travel()
    before, pushed = world.summary(), len(world.pushes)
    world.source.trimmed = 0
    world.disk.committed, world.disk.documents = -1, {"events": [], "alerts": []}
    world.travel()
    assert world.summary() == before
    assert len(world.pushes) == pushed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=st.lists(st.integers(0, 40), max_size=5))
def test_death_at_any_act(tmp_path: Path, lives: list[int]) -> None:
    """Each life ends before its n-th act on the store; the last one is left alone."""
    wanted_file = tmp_path / "wanted"
    if not wanted_file.exists():
        wanted_file.write_text(repr(expected(tmp_path)))
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    sessions = fresh_state(folder)
    world = World(sessions, folder)
    world.fill()
    for acts in lives:
        left = itertools.count(acts, -1)

        def dies(_act: str, _position: int, left: Iterator[int] = left) -> None:
            if next(left) <= 0:
                raise StoreError("killed")

        try:
            world.travel(dies)
        except StoreError:
            continue
    world.travel()
    assert repr(world.summary()) == wanted_file.read_text()
    close(sessions)


def test_alerts_are_pushed_before_the_store_has_them(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.source.add(event(0, odd=True))

    def full(act: str, _position: int) -> None:
        raise StoreFullError("no room")

    with pytest.raises(StoreFullError):
        world.travel(full)
    assert [kind for kind, _ in world.pushes] == ["alert"]
    world.travel()
    assert [kind for kind, _ in world.pushes] == ["alert"]
    assert world.disk.ids("alerts") == [world.pushes[0][1]["alert"]["id"]]


def test_nothing_is_trimmed_before_it_is_stored(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.fill()

    def never(act: str, _position: int) -> None:
        if act == "commit":
            raise StoreFullError("no room")

    with pytest.raises(StoreFullError):
        world.travel(never)
    assert world.source.trimmed == 0


def test_a_batch_that_cannot_be_read_is_laid_aside(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.source.add(event(0))
    world.source.add(fault="damaged frame")
    world.source.add(event(1, odd=True))
    with pytest.raises(PoisonedBatchError):
        world.travel()
    world.travel()
    assert [place for place, _ in world.aside] == [1]
    assert world.disk.ids("events") == ["s1-e-0", "s1-inbox-1", "s1-e-1"]
    assert len(world.disk.ids("alerts")) == 1


def test_a_panic_over_one_batch_is_laid_aside(sessions: Sessions, tmp_path: Path) -> None:
    """pyo3's PanicException is a BaseException."""
    world = World(sessions, tmp_path)
    world.source.add(event(0))
    world.source.add(event(1))

    def panics(_act: str, position: int) -> None:
        if position == 0:
            raise BaseException("panicked at src/lib.rs")

    with pytest.raises(PoisonedBatchError):
        world.travel(panics)
    world.travel()
    assert world.disk.ids("events") == ["s1-inbox-0", "s1-e-1"]
    assert (tmp_path / "quarantine" / "0.ndjson").read_bytes() == world.source.batches[0].ndjson


def test_a_batch_alerting_cannot_enter_is_laid_aside(sessions: Sessions, tmp_path: Path) -> None:
    """The time is a number JSON can hold and SQL cannot."""
    world = World(sessions, tmp_path)
    world.source.add(event(0, odd=True))
    world.source.add(event(1, odd=True, observer={"id": "s1"}, platform={"id": [{}]}))

    def judged(batch: Any) -> Any:
        if batch.position == 1 and b"inbox" not in batch.ndjson:
            found = judge(batch)
            object.__setattr__(found.detections[0], "stamps", None)
            return found
        return judge(batch)

    with pytest.raises(PoisonedBatchError):
        world.travel(judged=judged)
    world.travel(judged=judged)
    assert [place for place, _ in world.aside] == [1]
    assert len(world.disk.ids("alerts")) == 1


def test_an_alert_hastens_the_commit(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    road = Road(world.stages(), MemoryStore(world.disk), world.progress)
    world.source.add(event(0))
    road.step()
    world.now += 0.4
    road.step()
    assert world.disk.committed == -1
    world.source.add(event(1, odd=True))
    road.step()
    assert world.disk.committed == 1
    with sessions() as db:
        assert [it.stored_ns for it in db.scalars(select(AlertRow))] == [99]


def test_commits_are_bounded_in_time_and_number(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.source.step = COMMIT_BATCHES
    road = Road(world.stages(), MemoryStore(world.disk), world.progress)
    for number in range(COMMIT_BATCHES):
        world.source.add(event(number))
    road.step()
    assert world.disk.committed == COMMIT_BATCHES - 1
    world.source.add(event(COMMIT_BATCHES))
    road.step()
    assert 0 < road.wait_s(5.0) <= COMMIT_S
    world.now += COMMIT_S
    assert not road.step()
    assert world.disk.committed == COMMIT_BATCHES
    assert road.wait_s(5.0) == 5.0


def test_an_acknowledged_group_opens_again(sessions: Sessions, tmp_path: Path) -> None:
    world = World(sessions, tmp_path)
    world.source.add(event(0, odd=True))
    world.travel()
    with sessions.begin() as db:
        db.scalars(select(AlertGroup)).one().status = "acknowledged"
    world.source.add(event(1, odd=True, at_ns=NOON + 1))
    world.travel()
    with sessions() as db:
        assert db.scalars(select(AlertGroup)).one().status == "acknowledged"
    world.source.add(event(2, odd=True, at_ns=NOON + HOUR))
    world.travel()
    with sessions() as db:
        assert db.scalars(select(AlertGroup)).one().status == "open"
        assert [it.kind for it in db.scalars(select(Change))] == ["reopen"]
