"""TRUST.md D.3-18: at most 100 checked guesses an account-hour, and the true user's own browser still gets in."""

import random

from sqlalchemy import func, select

from analyzer.control import lockout
from analyzer.state import LoginAttempt
from tests.analyzer.control.desk import HASH, SECOND, Office, digest

HOUR_S = 3_600


def guess(office: Office, account: str, address: str, device: str = "") -> tuple[int, int]:
    """(attempt, wait) of one guess that turns out wrong."""
    actor = {"account": account, "session": "", "address": address}
    params = {"account": account, "address": address}
    taken = office.done("session.attempt", {**params, "device": device}, actor)
    if taken["attempt"]:
        office.done("session.fail", {**params, "attempt": taken["attempt"]}, actor)
    return taken["attempt"], taken["wait_s"]


def test_one_address_has_ten_guesses_in_a_quarter_hour(office: Office) -> None:
    office.account("boss", "sysadmin")
    taken = [guess(office, "boss", "192.0.2.66") for _ in range(12)]
    assert [bool(attempt) for attempt, _ in taken] == [True] * 10 + [False] * 2
    assert taken[-1][1] == 900
    assert guess(office, "boss", "192.0.2.67")[0]
    office.now_ns += 900 * SECOND
    assert guess(office, "boss", "192.0.2.66")[0]


def test_the_failure_that_locks_says_so_in_the_trail(office: Office) -> None:
    office.account("boss", "sysadmin")
    for _ in range(10):
        guess(office, "boss", "192.0.2.66")
    failures = [it for it in office.trail() if it.action == "session.fail"]
    assert [it.after["locked_s"] for it in failures if it.after] == [0] * 9 + [900]
    assert {it.result for it in failures} == {"refused"}
    assert failures[0].actor.address == "192.0.2.66"


def test_a_known_device_gets_in_while_strangers_are_locked_out(office: Office) -> None:
    office.account("boss", "sysadmin")
    device = digest("laptop")
    office.sign_in("boss", device=device)
    for number in range(100):
        guess(office, "boss", f"192.0.2.{number}")
    assert guess(office, "boss", "203.0.113.1")[0] == 0
    office.sign_in("boss", device=device)


def test_a_device_is_known_for_its_own_account_only(office: Office) -> None:
    office.account("boss", "sysadmin")
    office.account("clerk", "viewer")
    device = digest("laptop")
    office.sign_in("clerk", device=device)
    for number in range(lockout.STRANGERS):
        guess(office, "boss", f"192.0.2.{number}")
    assert guess(office, "boss", "192.0.2.200", device) == (0, HOUR_S)


def test_a_right_password_costs_nothing(office: Office) -> None:
    office.account("boss", "sysadmin")
    for _ in range(50):
        office.sign_in("boss")


def test_an_unknown_account_is_limited_the_same_way(office: Office) -> None:
    taken = [guess(office, "nobody", "192.0.2.66")[0] for _ in range(12)]
    assert [bool(it) for it in taken] == [True] * 10 + [False] * 2


def test_d3_18_many_guesses_over_many_addresses(office: Office) -> None:
    """A scaled-down run of 1e5 guesses over 1,000 addresses and 100 accounts; every hour is looked at."""
    office.done(
        "account.create", {"account": "victim", "name": "V", "password_hash": HASH, "roles": ["viewer"]}
    )
    chance = random.Random(18)
    checked: list[int] = []
    for _ in range(1_500):
        office.now_ns += 5 * SECOND
        if guess(
            office, "victim", f"198.51.100.{chance.randrange(250)}", chance.choice(["", digest("made up")])
        )[0]:
            checked.append(office.now_ns)
    for moment in checked:
        assert sum(moment <= other < moment + HOUR_S * SECOND for other in checked) <= 100
    assert len(checked) >= lockout.STRANGERS


def test_unknown_names_cannot_fill_the_table(office: Office) -> None:
    with office.sessions.begin() as db:
        for number in range(2_000):
            lockout.take(db, f"name {number}", "192.0.2.1", "", office.now_ns)
        subjects = db.scalar(select(func.count(func.distinct(LoginAttempt.subject))))
    assert subjects is not None
    assert subjects <= lockout.UNKNOWN_SUBJECTS
    office.now_ns += HOUR_S * SECOND
    with office.sessions.begin() as db:
        lockout.take(db, "one more", "192.0.2.1", "", office.now_ns)
        assert db.scalar(select(func.count()).select_from(LoginAttempt)) == 1


def test_a_guess_is_given_back_only_to_its_account(office: Office) -> None:
    office.account("boss", "sysadmin")
    attempt, _ = guess(office, "boss", "192.0.2.1")
    with office.sessions.begin() as db:
        assert not lockout.give_back(db, attempt, "clerk")
        assert not lockout.give_back(db, 9_999, "boss")
        assert lockout.give_back(db, attempt, "boss")
