from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.evidence.wants import note
from analyzer.state import Evidence, File
from tests.analyzer.control.desk import Office
from tests.analyzer.evidence.case import NOON, add_alert, event

SHA256 = "c" * 64


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def hold(office: Office) -> str:
    """The hash of packets and of a file that are held."""
    with office.sessions.begin() as db:
        if db.get(File, SHA256) is not None:
            return SHA256
        note(db, add_alert(db), [event()], NOON)
        db.flush()
        for row in db.query(Evidence):
            row.state, row.sha256, row.bytes, row.packets = "obtained", SHA256, 84, 3
        db.add(File(sha256=SHA256, size=5, mime="text/html", received_ns=NOON, stored=True, sensor="s"))
        db.add(File(sha256="d" * 64, size=5, mime="", received_ns=NOON, stored=False, sensor="s"))
    return SHA256


@pytest.mark.parametrize("action", ["evidence.download", "file.download"])
def test_a_download_is_recorded_before_the_bytes_go_out(office: Office, action: str) -> None:
    hold(office)
    actor = office.account("sec", "security")
    assert office.done(action, {"sha256": SHA256}, actor)["sha256"] == SHA256
    record = office.trail()[-1]
    assert (record.action, record.object, record.actor.account, record.result) == (
        action,
        SHA256,
        "sec",
        "done",
    )


@pytest.mark.parametrize("action", ["evidence.download", "file.download"])
@pytest.mark.parametrize(
    ("role", "kind"), [("sysadmin", "forbidden"), ("viewer", "forbidden"), ("auditor", "not_found")]
)
def test_who_may_not_and_what_is_not_there(office: Office, action: str, role: str, kind: str) -> None:
    hold(office)
    actor = office.account("somebody", role)
    assert office.refusal(action, {"sha256": "d" * 64}, actor) == kind
    assert office.trail()[-1].result == "refused"
