"""Signing in, the first password, signing out; TRUST.md D.3-17: no fixation, new ids, sessions end at once."""

import re

import pytest

from console.accounts.tokens import digest_of
from console.api.access import DEVICE_COOKIE, SESSION_COOKIE
from tests.console.room import FIRST, OWN, Browser, Room

pytestmark = pytest.mark.anyio


def cookie(browser: Browser, name: str = SESSION_COOKIE) -> str:
    return browser.http.cookies.get(name) or ""


async def test_the_first_password_only_opens_its_change(console: Room) -> None:
    await console.account("ann", "security")
    ann = console.browser()
    session = (await ann.sign_in("ann", FIRST)).json()
    assert session["must_change_password"] is True
    refusal = await ann.get("/alerts")
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (403, "password_change_required")
    changed = await ann.change_password(FIRST, OWN)
    assert changed.json()["must_change_password"] is False
    assert (await ann.get("/alerts")).status_code == 200


async def test_a_session_tells_who_and_what_may_be_done(console: Room) -> None:
    ann = await console.person("ann", "security", "auditor")
    session = (await ann.get("/session")).json()
    assert session["account"] == "ann"
    assert session["name"] == "ann of the tests"
    assert session["roles"] == ["auditor", "security"]
    assert set(session["permissions"]) >= {"alerts.judge", "audit.read", "events.read"}
    assert session["idle_seconds"] == 900
    assert session["csrf"] == ann.csrf


async def test_wrong_password_and_unknown_account_look_the_same(console: Room) -> None:
    await console.account("ann", "security")
    browser = console.browser()
    answers = [await browser.sign_in("ann", "wrong"), await browser.sign_in("nobody", "wrong")]
    assert [it.status_code for it in answers] == [401, 401]
    first, second = (it.json()["error"] for it in answers)
    assert {**first, "request": ""} == {**second, "request": ""}
    assert first["code"] == "sign_in"
    assert not browser.http.cookies


async def test_the_cookie_is_bound_to_host_https_and_this_site(console: Room) -> None:
    await console.account("ann", "security")
    answer = await console.browser().sign_in("ann", FIRST)
    for name in (SESSION_COOKIE, DEVICE_COOKIE):
        (line,) = [it for it in answer.headers.get_list("set-cookie") if it.startswith(name + "=")]
        attributes = {it.strip().lower() for it in line.split(";")[1:]}
        assert {"httponly", "secure", "samesite=strict", "path=/"} <= attributes
        assert not any(it.startswith("domain") for it in attributes)
        assert re.match(rf"{name}=[A-Za-z0-9_-]{{43}};", line)


async def test_the_token_itself_is_stored_nowhere(console: Room) -> None:
    ann = await console.person("ann", "security")
    token = cookie(ann)
    assert len(token) >= 43
    for path in console.office.folder.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes()


async def test_a_planted_session_id_is_not_adopted(console: Room) -> None:
    """Fixation: whatever cookie a browser brings, signing in makes a new one."""
    await console.account("ann", "security")
    victim = console.browser()
    victim.http.cookies.set(SESSION_COOKIE, "planted", domain="console.test", path="/")
    answer = await victim.sign_in("ann", FIRST)
    assert answer.status_code == 200
    assert f"{SESSION_COOKIE}=planted" not in str(answer.headers)
    thief = console.browser()
    thief.http.cookies.set(SESSION_COOKIE, "planted", domain="console.test", path="/")
    assert (await thief.get("/session")).status_code == 401


async def test_every_sign_in_and_password_change_makes_a_new_id(console: Room) -> None:
    await console.account("ann", "security")
    ann = console.browser()
    ids = []
    await ann.sign_in("ann", FIRST)
    ids.append(cookie(ann))
    await ann.change_password(FIRST, OWN)
    ids.append(cookie(ann))
    await ann.sign_in("ann", OWN)
    ids.append(cookie(ann))
    assert len(set(ids)) == len(ids)


async def test_signing_out_ends_the_session_and_clears_the_cookie(console: Room) -> None:
    ann = await console.person("ann", "security")
    token = cookie(ann)
    assert (await ann.delete("/session")).status_code == 204
    assert not cookie(ann)
    thief = console.browser()
    thief.http.cookies.set(SESSION_COOKIE, token, domain="console.test", path="/")
    answer = await thief.get("/session")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "session_ended")


@pytest.mark.parametrize("change", ["disable", "roles", "password"])
async def test_a_change_of_rights_ends_every_session_at_once(console: Room, change: str) -> None:
    boss = await console.person("boss", "sysadmin")
    ann = await console.person("ann", "security")
    elsewhere = console.browser("192.0.2.77")
    assert (await elsewhere.sign_in("ann", OWN)).status_code == 200
    body = {"roles": ["viewer"]} if change == "roles" else None
    assert (await boss.post(f"/accounts/ann/{change}", body)).status_code == 200
    for browser in (ann, elsewhere):
        assert (await browser.get("/session")).status_code == 401


async def test_ones_own_password_change_ends_the_other_browsers(console: Room) -> None:
    ann = await console.person("ann", "security")
    elsewhere = console.browser("192.0.2.77")
    await elsewhere.sign_in("ann", OWN)
    assert (await ann.change_password(OWN, "another choice of words")).status_code == 200
    assert (await elsewhere.get("/session")).status_code == 401
    assert (await ann.get("/session")).status_code == 200


async def test_a_wrong_current_password_changes_nothing_and_is_counted(console: Room) -> None:
    ann = await console.person("ann", "security")
    answer = await ann.change_password("not this", "another choice of words")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "password_wrong")
    assert [it.action for it in console.office.trail()][-1] == "session.fail"
    assert (await ann.get("/session")).status_code == 200


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password_short"),
        ("ann of the tests", "password_named"),
        ("qwertyuiop123", "password_common"),
        (OWN, "password_same"),
    ],
)
async def test_a_weak_new_password_is_refused(console: Room, new: str, code: str) -> None:
    ann = await console.person("ann", "security")
    answer = await ann.change_password(OWN, new)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_a_session_idles_out_but_not_while_used(console: Room) -> None:
    ann = await console.person("ann", "security")
    for _ in range(3):
        console.pass_seconds(899)
        assert (await ann.get("/session")).status_code == 200
    console.pass_seconds(900)
    assert (await ann.get("/session")).status_code == 401


async def test_polling_does_not_keep_a_session_alive(console: Room) -> None:
    ann = await console.person("ann", "security")
    for _ in range(9):
        console.pass_seconds(100)
        answer = await ann.http.get("/api/v1/session", headers={"X-Background": "1"})
    assert answer.status_code == 401


async def test_a_session_ends_at_its_absolute_limit_however_busy(console: Room) -> None:
    ann = await console.person("ann", "security")
    for _ in range(12 * 6 - 1):
        console.pass_seconds(600)
        assert (await ann.get("/session")).status_code == 200
    console.pass_seconds(600)
    assert (await ann.get("/session")).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "a" * 5000, "' OR 1=1 --", "../../state.db"])
async def test_invented_tokens_open_nothing(console: Room, token: str) -> None:
    await console.person("ann", "security")
    stranger = console.browser()
    headers = {b"cookie": f"{SESSION_COOKIE}={token}".encode()}
    assert (await stranger.http.get("/api/v1/session", headers=headers)).status_code == 401


async def test_the_digest_of_a_token_is_no_token(console: Room) -> None:
    ann = await console.person("ann", "security")
    stranger = console.browser()
    stranger.http.cookies.set(SESSION_COOKIE, digest_of(cookie(ann)), domain="console.test", path="/")
    assert (await stranger.get("/session")).status_code == 401


async def test_sign_ins_are_in_the_trail_without_secrets(console: Room) -> None:
    await console.account("ann", "security")
    await console.browser("192.0.2.9").sign_in("ann", "guess-guess-guess")
    await console.browser("192.0.2.9").sign_in("ann", FIRST)
    records = [it for it in console.office.trail() if it.action.startswith("session.")]
    assert [(it.action, it.object, it.result) for it in records] == [
        ("session.fail", "ann", "refused"),
        ("session.open", "ann", "done"),
    ]
    text = b"".join(it.canonical() for it in records)
    assert b"192.0.2.9" in text
    assert b"guess-guess" not in text
    assert FIRST.encode() not in text
