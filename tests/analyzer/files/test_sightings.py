"""File events are noted once, whatever is replayed; what is no file event is passed over."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from analyzer.errors import StoreError
from analyzer.files.sightings import Clerk, read
from analyzer.state import File, FileSighting, Sessions
from tests.analyzer.files.parcel import digest, file_event
from tests.analyzer.stream.parts import MemoryBatch, MemorySource


class Desk:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.noted = 0
        self.source = MemorySource(step=100)
        self.clerk = Clerk(sessions, self._count, lambda: 7)

    def _count(self) -> None:
        self.noted += 1

    def rows(self) -> list[FileSighting]:
        with self.sessions() as db:
            return list(db.query(FileSighting).order_by(FileSighting.event_id))


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    return Desk(sessions)


def test_noted_once_with_context_and_stamps(desk: Desk) -> None:
    desk.source.add({"event": {"dataset": "starwatch.flow"}}, file_event(1, b"x"), file_event(2, b"x"))
    desk.source.add(file_event(2, b"x"), file_event(3, b"y"))
    for _ in range(2):
        desk.clerk(desk.source.read(0))
    assert [row.event_id for row in desk.rows()] == [f"sensor-1-e-{number}" for number in (1, 2, 3)]
    row = desk.rows()[0]
    assert (row.sha256, row.packet_ns, row.parsed_ns, row.settled, row.told) == (digest(b"x"), 5, 6, "", [])
    assert row.context["source"]["ip"] == "10.20.1.7"


def test_batches_without_files_cost_no_transaction(desk: Desk) -> None:
    desk.source.add({"event": {"dataset": "starwatch.flow"}})
    desk.clerk(desk.source.read(0))
    assert desk.noted == 0


def test_the_type_goes_to_the_file(desk: Desk) -> None:
    with desk.sessions.begin() as db:
        db.add(File(sha256=digest(b"x"), size=1, mime="", received_ns=1, stored=True, sensor="s"))
    desk.source.add(file_event(1, b"x"))
    desk.clerk(desk.source.read(0))
    with desk.sessions() as db:
        assert db.get_one(File, digest(b"x")).mime == "text/plain"


def test_a_state_that_cannot_be_written_is_given_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.source.add(file_event(1, b"x"))
    with desk.sessions.begin() as db:
        db.execute(text("DROP TABLE file_sightings"))
    with pytest.raises(StoreError):
        desk.clerk(desk.source.read(0))


def test_half_a_surrogate_pair_is_noted(desk: Desk) -> None:
    desk.source.batches.append(
        MemoryBatch(0, {}, json.dumps({**file_event(1, b"x"), "url": {"full": "\ud800"}}).encode())
    )
    desk.clerk(desk.source.read(0))
    assert desk.rows()[0].context["url"]["full"] == "?"


@pytest.mark.parametrize(
    "changed",
    [
        {"event": {"dataset": "starwatch.file"}},
        {"event": {"dataset": "starwatch.file", "id": ""}},
        {"event": {"dataset": "starwatch.file", "id": 5}},
        {"file": {"hash": {"sha256": "../../../etc/passwd"}}},
        {"file": {"hash": "starwatch.file"}},
        {"event": {"dataset": "other", "id": "x"}},
    ],
)
def test_what_is_no_file_event(changed: dict[str, Any]) -> None:
    assert read(json.dumps({**file_event(1, b"x"), **changed}).encode()) is None


@given(st.binary())
def test_any_bytes_are_survived(line: bytes) -> None:
    assert read(line) is None
