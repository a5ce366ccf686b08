from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from analyzer.evidence.wants import GROWN_NS, MAX_ASKS, MAX_FLOWS, Flow, note, wants
from analyzer.state import Evidence, Sessions, close
from tests.analyzer.evidence.case import FILE, LIVE, NOON, SECOND, add_alert, event
from tests.analyzer.state.fresh import fresh_state

DNS = Flow("10.0.0.1", "10.0.0.2", 40_000, 53, 17)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = fresh_state(tmp_path)
    yield opened
    close(opened)


def test_an_event_names_its_conversation_sensor_and_epoch() -> None:
    (want,) = wants([event(3)])
    assert (want.sensor, want.epoch, want.flow) == ("edge-1", LIVE, DNS)
    assert (want.first_ns, want.last_ns) == (NOON + 3 * SECOND, NOON + 3 * SECOND)


def test_a_flow_record_reaches_from_its_start_to_its_end() -> None:
    moments = {"id": f"s-{FILE}-0", "start": "2023-11-14T22:00:00Z", "end": "2023-11-14T23:00:00.5Z"}
    (want,) = wants([event(0, epoch=FILE) | {"event": moments}])
    assert want.epoch == FILE
    assert want.last_ns - want.first_ns == 3_600_500_000_000


def test_what_yara_said_of_a_file_stands_on_the_files_event() -> None:
    (want,) = wants(
        [event() | {"event": {"id": "analyzer-x-1"}, "starwatch": {"file_event": f"edge-2-{FILE}-9"}}]
    )
    assert (want.sensor, want.epoch) == ("edge-2", FILE)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"event": {"id": "batch-7"}},
        event() | {"source": {"ip": "no address"}},
        event() | {"destination": {}},
        event() | {"event": {"id": f"edge-{LIVE}"}},
    ],
)
def test_events_without_packets_want_none(broken: dict[str, object]) -> None:
    assert list(wants([broken])) == []


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"iana_number": "300"}, 0),
        ({"transport": "tcp"}, 6),
        ({"transport": "x"}, 0),
        ({"iana_number": 1}, 1),
    ],
)
def test_the_protocol_as_far_as_it_is_said(network: dict[str, object], expected: int) -> None:
    (want,) = wants([event() | {"network": network}])
    assert want.flow.protocol == expected


def rows(sessions: Sessions) -> list[Evidence]:
    with sessions() as db:
        return list(db.scalars(select(Evidence)))


def test_an_alert_is_noted_once_per_sensor_and_epoch_and_grows(sessions: Sessions) -> None:
    with sessions.begin() as db:
        alert = add_alert(db)
        note(db, alert, [event(1), event(2), event(3, epoch=FILE)], NOON)
        note(db, alert, [event(2)], NOON)
    live, file = rows(sessions)
    assert (len(live.flows), live.due_ns, live.state, file.epoch) == (1, NOON, "waiting", FILE)
    with sessions.begin() as db:
        for row in db.scalars(select(Evidence)):
            row.asks, row.due_ns = 1, 0
        note(db, alert, [event(9, port=40_001)], NOON + SECOND)
    live, file = rows(sessions)
    assert (len(live.flows), live.due_ns, file.due_ns) == (2, NOON + SECOND + GROWN_NS, 0)
    assert live.last_ns == NOON + 9 * SECOND


def test_growth_has_an_end(sessions: Sessions) -> None:
    with sessions.begin() as db:
        alert = add_alert(db)
        note(db, alert, [event(1, port=1 + number) for number in range(MAX_FLOWS + 5)], NOON)
        (row,) = db.scalars(select(Evidence))
        assert (len(row.flows), row.overflow) == (MAX_FLOWS, True)
        row.asks, row.due_ns = MAX_ASKS, 0
        note(db, alert, [event(99, port=1)], NOON)
        assert row.due_ns == 0
