"""When a session stands, and what is remembered of its use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.state import SignIn
from console.accounts.sessions import Sessions
from console.accounts.tokens import digest_of, new_token
from console.errors import ConsoleError
from tests.analyzer.control.desk import HASH, SECOND, Office, opening


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sessions(office: Office) -> Sessions:
    return Sessions(office.sessions, office.roles, idle_seconds=900, clock_ns=lambda: office.now_ns)


@pytest.fixture
def token(office: Office) -> str:
    office.done(
        "account.create", {"account": "ann", "name": "Ann", "password_hash": HASH, "roles": ["viewer"]}
    )
    return open_session(office)


def open_session(office: Office) -> str:
    token = new_token()
    attempt = office.done("session.attempt", {"account": "ann", "address": "192.0.2.1"})["attempt"]
    office.done("session.open", {"account": "ann", "attempt": attempt, "session": opening(digest_of(token))})
    return token


def refusal(sessions: Sessions, token: str) -> str:
    with pytest.raises(ConsoleError) as refused:
        sessions.person(token, touch=True)
    return refused.value.code


def test_a_person_with_what_the_roles_allow(sessions: Sessions, token: str) -> None:
    person = sessions.person(token, touch=False)
    assert (person.account, person.name, person.session) == ("ann", "Ann", digest_of(token))
    assert person.permissions == {"alerts.read"}
    assert person.must_change_password


def test_no_token_and_a_foreign_one(sessions: Sessions, token: str) -> None:
    assert refusal(sessions, "") == "signed_out"
    assert refusal(sessions, "x" * 1000) == "signed_out"
    assert refusal(sessions, new_token()) == "session_ended"


def test_idle_time_counts_from_the_last_act(office: Office, sessions: Sessions, token: str) -> None:
    office.now_ns += 899 * SECOND
    sessions.person(token, touch=True)
    office.now_ns += 899 * SECOND
    assert sessions.stands(digest_of(token))
    office.now_ns += SECOND
    assert not sessions.stands(digest_of(token))
    assert refusal(sessions, token) == "session_ended"


def test_looking_keeps_nothing_alive(office: Office, sessions: Sessions, token: str) -> None:
    for _ in range(9):
        office.now_ns += 100 * SECOND
        sessions.stands(digest_of(token))
    assert refusal(sessions, token) == "session_ended"


def test_a_session_that_idled_out_does_not_come_back(office: Office, sessions: Sessions, token: str) -> None:
    office.now_ns += 900 * SECOND
    assert refusal(sessions, token) == "session_ended"
    assert refusal(sessions, token) == "session_ended"
    assert sessions.unreported() == []


def test_a_disabled_account_has_no_session_even_if_its_row_were_left(
    office: Office, sessions: Sessions, token: str
) -> None:
    from analyzer.state import Account

    with office.sessions.begin() as db:
        account = db.get(Account, "ann")
        assert account is not None
        account.disabled = True
    assert refusal(sessions, token) == "session_ended"


def test_last_acts_are_reported_once_and_again_when_newer(
    office: Office, sessions: Sessions, token: str
) -> None:
    sessions.person(token, touch=True)
    (first,) = sessions.unreported()
    assert (first.token, first.seen_ns) == (digest_of(token), office.now_ns)
    office.now_ns += SECOND
    sessions.person(token, touch=True)
    sessions.reported([first])
    (second,) = sessions.unreported()
    assert second.seen_ns == office.now_ns
    sessions.reported([second])
    assert sessions.unreported() == []


def test_a_restarted_console_goes_on_from_what_was_reported(
    office: Office, sessions: Sessions, token: str
) -> None:
    office.now_ns += 800 * SECOND
    sessions.person(token, touch=True)
    office.done(
        "session.touch",
        {"sessions": [{"token": it.token, "seen_ns": it.seen_ns} for it in sessions.unreported()]},
    )
    office.now_ns += 800 * SECOND
    restarted = Sessions(office.sessions, office.roles, idle_seconds=900, clock_ns=lambda: office.now_ns)
    assert restarted.stands(digest_of(token))


def test_the_absolute_limit_is_the_rows(office: Office, sessions: Sessions, token: str) -> None:
    with office.sessions() as db:
        row = db.get(SignIn, digest_of(token))
        assert row is not None
        expires = row.expires_ns
    while office.now_ns < expires - 600 * SECOND:
        sessions.person(token, touch=True)
        office.now_ns += 600 * SECOND
    office.now_ns = expires
    assert refusal(sessions, token) == "session_ended"
