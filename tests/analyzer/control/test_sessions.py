"""Sessions end with their owner's rights, at once and all of them."""

import pytest
from sqlalchemy import select

from analyzer.control.sessions import MAX_SESSIONS
from analyzer.state import SignIn
from tests.analyzer.control.desk import HASH, SECOND, Office, digest, opening


def pushed(office: Office, action: str, params: dict[str, object], actor: object) -> list[tuple[str, object]]:
    answer = office.ask(action, params, actor)
    assert answer.error is None, answer.error
    return [(push.kind, push.data) for push in answer.pushes]


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("account.disable", {}),
        ("account.roles", {"roles": ["auditor"]}),
        ("account.password", {"password_hash": HASH}),
    ],
)
def test_whoever_loses_rights_is_signed_out_everywhere(
    office: Office, action: str, more: dict[str, object]
) -> None:
    boss = office.account("boss", "sysadmin")
    first = office.account("clerk", "viewer")
    office.now_ns += 1
    second = office.sign_in("clerk")
    pushes = pushed(office, action, {"account": "clerk", **more}, boss)
    ((kind, data),) = pushes
    assert kind == "session"
    assert isinstance(data, dict)
    assert (data["account"], set(data["sessions"])) == ("clerk", {first["session"], second["session"]})
    for actor in (first, second):
        assert office.refusal("status.read", {}, actor) == "forbidden"
    office.done("status.read", {}, boss)


def test_enabling_who_is_enabled_ends_nothing(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    assert pushed(office, "account.enable", {"account": "boss"}, boss) == []


def test_changing_ones_own_password_keeps_one_new_session(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    fresh = digest("fresh")
    params = {"account": "boss", "password_hash": HASH, "session": opening(fresh)}
    result = office.done("account.password", params, boss)
    assert result["session"]["token"] == fresh
    assert not result["must_change_password"]
    assert office.refusal("status.read", {}, boss) == "forbidden"
    office.done("status.read", {}, {**boss, "session": fresh})


def test_a_sign_in_needs_a_guess_of_its_own(office: Office) -> None:
    office.account("boss", "sysadmin")
    actor = {"account": "boss", "session": "", "address": ""}
    params = {"account": "boss", "attempt": 12_345, "session": opening(digest("x"))}
    assert office.refusal("session.open", params, actor) == "conflict"


def test_a_disabled_account_does_not_sign_in(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    office.account("clerk", "viewer")
    taken = office.done("session.attempt", {"account": "clerk", "address": "192.0.2.1"}, boss)
    office.done("account.disable", {"account": "clerk"}, boss)
    params = {"account": "clerk", "attempt": taken["attempt"], "session": opening(digest("x"))}
    assert office.refusal("session.open", params, {**boss, "account": "clerk"}) == "forbidden"


@pytest.mark.parametrize(
    "wrong",
    [{"token": "short"}, {"token": "G" * 64}, {"lifetime_s": 0}, {"lifetime_s": 86_401}, {"device": "x"}],
)
def test_what_is_no_session_is_refused(office: Office, wrong: dict[str, object]) -> None:
    office.account("boss", "sysadmin")
    actor = {"account": "boss", "session": "", "address": "192.0.2.1"}
    taken = office.done("session.attempt", {"account": "boss", "address": "192.0.2.1"}, actor)
    session = {**opening(digest("x")), **wrong}
    params = {"account": "boss", "attempt": taken["attempt"], "session": session}
    assert office.refusal("session.open", params, actor) == "invalid"


def test_a_token_is_taken_once(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    taken = office.done("session.attempt", {"account": "boss", "address": "192.0.2.1"}, boss)
    params = {"account": "boss", "attempt": taken["attempt"], "session": opening(boss["session"])}
    assert office.refusal("session.open", params, boss) == "conflict"


def test_sessions_of_an_account_are_bounded(office: Office) -> None:
    office.account("boss", "sysadmin")
    for _ in range(MAX_SESSIONS + 3):
        office.now_ns += 1
        newest = office.sign_in("boss")
    with office.sessions() as db:
        rows = list(db.scalars(select(SignIn).where(SignIn.account == "boss")))
    assert len(rows) == MAX_SESSIONS
    assert max(rows, key=lambda it: it.created_ns).token == newest["session"]


def test_only_the_owner_closes_a_session(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    clerk = office.account("clerk", "viewer")
    assert office.refusal("session.close", {"token": boss["session"]}, clerk) == "not_found"
    (push,) = pushed(office, "session.close", {"token": boss["session"]}, boss)
    assert push == ("session", {"account": "boss", "sessions": [boss["session"]], "reason": "closed"})
    assert office.refusal("status.read", {}, boss) == "forbidden"


def test_touching_moves_forward_only_and_not_into_the_future(office: Office) -> None:
    boss = office.account("boss", "sysadmin")
    begun = office.now_ns
    office.now_ns += 60 * SECOND
    for seen in (begun + 10, begun + 5, begun + 3_600 * SECOND):
        office.done("session.touch", {"sessions": [{"token": boss["session"], "seen_ns": seen}]}, boss)
        with office.sessions() as db:
            row = db.get_one(SignIn, boss["session"])
            assert row.seen_ns == {begun + 5: begun + 10}.get(seen, min(seen, office.now_ns))
    office.done("session.touch", {"sessions": [{"token": digest("gone"), "seen_ns": 1}]}, boss)
