"""Every action is accounted for exactly once, done or refused; without a record nothing changes."""

from typing import Any

import pytest
from sqlalchemy import select

from analyzer.control import load_roles
from analyzer.control.actions import registry
from analyzer.control.base import ANYONE
from analyzer.control.dispatch import Request
from analyzer.errors import LedgerError
from analyzer.ledger import AuditRecord
from analyzer.state import Base
from tests.analyzer.control.desk import HASH, LOCAL_ACTOR, SECOND, Office, digest, opening
from tests.analyzer.control.groups import add_group
from tests.analyzer.control.test_evidence import hold
from tests.corpus import ROOT

NOT_RECORDED = {
    "session.attempt",
    "session.touch",
    "rules.read",
    "status.read",
}


def good_request(office: Office, action: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Parameters and actor with which the action succeeds."""
    boss = office.account("boss", "sysadmin", "security", "auditor")
    office.account("clerk", "viewer")
    add_group(office.sessions, "g1")
    if action == "alert.undo":
        office.done("alert.verdict", {"group": "g1", "verdict": "acknowledged", "version": 1}, boss)
    taken = {"account": "boss", "address": "192.0.2.9"}
    attempt = office.done("session.attempt", taken, {**boss, "session": ""})["attempt"]
    params: dict[str, dict[str, Any]] = {
        "session.attempt": taken,
        "session.fail": {**taken, "attempt": attempt},
        "session.open": {"account": "boss", "attempt": attempt, "session": opening(digest("new"))},
        "session.close": {"token": boss["session"]},
        "session.touch": {"sessions": [{"token": boss["session"], "seen_ns": office.now_ns}]},
        "account.create": {"account": "new", "name": "New", "password_hash": HASH, "roles": ["viewer"]},
        "account.disable": {"account": "clerk"},
        "account.enable": {"account": "clerk"},
        "account.roles": {"account": "clerk", "roles": ["auditor"]},
        "account.password": {"account": "clerk", "password_hash": HASH},
        "alert.verdict": {"group": "g1", "verdict": "escalated", "version": 1, "reason": "look"},
        "alert.undo": {"group": "g1", "version": 2},
        "alert.assign": {"group": "g1", "account": "clerk", "version": 1},
        "alert.shown": {"shown": [{"id": "g1-a", "shown_ms": 1}]},
        "evidence.download": {"sha256": hold(office)},
        "file.download": {"sha256": hold(office)},
        "retention.set": {"days": 200},
        "capture.submit": {"name": "one.pcap"},
    }
    return params.get(action, {}), boss


def names() -> list[str]:
    return sorted(registry(load_roles(ROOT / "rules" / "roles" / "roles.toml")))


@pytest.mark.parametrize("action", names())
def test_every_action_is_guarded_and_recorded_once(office: Office, action: str) -> None:
    """The same good request: by nobody, with a parameter too many, without a trail, and at last as it should be."""
    params, actor = good_request(office, action)
    forbidden_to_others(office, action, params)
    refusal_is_recorded_once(office, action, params, actor)
    nothing_changes_without_a_record(office, action, params, actor)
    done_is_recorded_once(office, action, params, actor)


def forbidden_to_others(office: Office, action: str, params: dict[str, Any]) -> None:
    """A viewer is refused exactly what the roles do not give; who is not signed in, everything guarded."""
    entry = office.dispatch.actions[action]
    if entry.permission == ANYONE:
        return
    nobody = {"account": "boss", "session": digest("made up"), "address": ""}
    assert office.refusal(action, params, nobody) == "forbidden"
    if not entry.permission.startswith("@") and entry.permission not in office.roles.allowed(["viewer"]):
        assert office.refusal(action, params, office.sign_in("clerk")) == "forbidden"


def refusal_is_recorded_once(
    office: Office, action: str, params: dict[str, Any], actor: dict[str, str]
) -> None:
    before = len(office.trail())
    assert office.refusal(action, {**params, "surprise": 1}, actor) == "invalid"
    records = office.trail()[before:]
    assert [(it.action, it.result) for it in records] == [(action, "refused")]
    assert "surprise" in records[0].reason


def nothing_changes_without_a_record(
    office: Office, action: str, params: dict[str, Any], actor: dict[str, str]
) -> None:
    if action in NOT_RECORDED:
        return
    before = everything(office)

    def broken(_record: AuditRecord) -> int:
        raise LedgerError("no disk")

    office.record = broken
    answer = office.ask(action, params, actor)
    office.record = office.ledger.record
    assert answer.error is not None
    assert (answer.error["kind"], answer.pushes) == ("failed", ())
    assert everything(office) == before
    assert office.desk.handed_over == []


def everything(office: Office) -> list[Any]:
    """Every row of every table."""
    with office.sessions() as db:
        tables = Base.metadata.sorted_tables
        return [sorted(map(repr, db.execute(select(table)).all())) for table in tables]


def done_is_recorded_once(office: Office, action: str, params: dict[str, Any], actor: dict[str, str]) -> None:
    before = len(office.trail())
    office.done(action, params, actor)
    records = office.trail()[before:]
    assert [it.action for it in records] == ([] if action in NOT_RECORDED else [action])
    for record in records:
        assert (record.actor.account, record.at_ns) == ("boss", office.now_ns)
        assert record.result == ("refused" if action == "session.fail" else "done")
        assert record.process == {"pid": 1, "uid": 0}
        assert HASH not in record.canonical().decode()


def test_an_unknown_action_is_recorded(office: Office) -> None:
    assert office.refusal("drop\nall") == "invalid"
    assert [(it.action, it.result) for it in office.trail()] == [("drop?all", "refused")]


@pytest.mark.parametrize(
    "actor", [None, 5, {}, {"account": 1}, {"account": "a", "shoe": 1}, {"account": "\x00"}]
)
def test_a_malformed_actor_is_refused(office: Office, actor: Any) -> None:
    answer = office.dispatch(_request(actor))
    assert answer.error is not None
    assert answer.error["kind"] == "invalid"


def _request(actor: Any) -> Any:
    return Request("status.read", actor, {})


def test_a_session_ends_with_its_time(office: Office) -> None:
    actor = office.account("boss", "sysadmin")
    office.done("status.read", {}, actor)
    office.now_ns += 3_600 * SECOND
    assert office.refusal("status.read", {}, actor) == "forbidden"


def test_the_first_password_comes_first(office: Office) -> None:
    actor = office.account("boss", "sysadmin", settled=False)
    assert office.refusal("status.read", {}, actor) == "forbidden"
    office.done("session.close", {"token": actor["session"]}, actor)


def test_a_failing_after_effect_is_recorded(office: Office) -> None:
    def then() -> None:
        raise OSError("disk gone")

    office.desk.submit_capture = lambda name: then  # type: ignore[method-assign]
    assert office.refusal("capture.submit", {"name": "one.pcap"}) == "failed"
    assert [it.result for it in office.trail()] == ["done", "failed"]


def test_the_local_command_line_is_a_role(office: Office) -> None:
    assert LOCAL_ACTOR["account"] == "@local"
    office.done("account.create", {"account": "a", "name": "A", "password_hash": HASH, "roles": ["viewer"]})
    assert office.trail()[0].actor.account == "@local"
