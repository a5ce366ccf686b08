"""Judging through the service: versions, undo, assignment, and the first screen's stamp."""

from analyzer.state import AlertRow
from tests.analyzer.control.desk import Office
from tests.analyzer.control.groups import add_group

MS = 1_000_000


def test_two_analysts_at_once(office: Office) -> None:
    add_group(office.sessions, "g1")
    office.done("alert.verdict", {"group": "g1", "verdict": "acknowledged", "version": 1})
    assert (
        office.refusal("alert.verdict", {"group": "g1", "verdict": "escalated", "version": 1}) == "conflict"
    )


def test_assignment_is_to_somebody_there(office: Office) -> None:
    add_group(office.sessions, "g1")
    assert office.refusal("alert.assign", {"group": "g1", "account": "ghost", "version": 1}) == "invalid"
    office.account("clerk", "security")
    group = office.done("alert.assign", {"group": "g1", "account": "clerk", "version": 1})
    assert group["assignee"] == "clerk"
    assert office.done("alert.assign", {"group": "g1", "account": "", "version": 2})["assignee"] == ""
    assert office.done("alert.undo", {"group": "g1", "version": 3})["assignee"] == "clerk"


def shown_ns(office: Office, alert: str) -> int:
    with office.sessions() as db:
        return db.get_one(AlertRow, alert).shown_ns


def test_the_first_screen_counts_and_a_wrong_clock_does_not(office: Office) -> None:
    for group in ("g1", "g2", "g3"):
        add_group(office.sessions, group)
    now_ms = office.now_ns // MS
    marks = [("g1-a", now_ms - 5), ("g1-a", now_ms), ("g2-a", now_ms + 60_000), ("ghost", now_ms)]
    for alert, told in marks:
        office.done("alert.shown", {"shown": [{"id": alert, "shown_ms": told}]})
    assert shown_ns(office, "g1-a") == (now_ms - 5) * MS
    assert shown_ns(office, "g2-a") == office.now_ns
    assert shown_ns(office, "g3-a") == 0


def test_what_came_from_a_file_has_no_stamps(office: Office) -> None:
    add_group(office.sessions, "g1")
    with office.sessions.begin() as db:
        db.get_one(AlertRow, "g1-a").packet_ns = 0
    office.done("alert.shown", {"shown": [{"id": "g1-a", "shown_ms": office.now_ns // MS}]})
    assert shown_ns(office, "g1-a") == 0
