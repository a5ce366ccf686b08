"""Accounts over HTTP."""

import pytest

from tests.console.room import OWN, Browser, Room

pytestmark = pytest.mark.anyio


@pytest.fixture
async def boss(console: Room) -> Browser:
    return await console.person("boss", "sysadmin")


async def test_an_account_is_made_with_a_first_password_shown_once(console: Room, boss: Browser) -> None:
    body = {"account": "ann", "name": "安娜", "roles": ["security"]}
    answer = await boss.post("/accounts", body)
    assert answer.status_code == 201
    made = answer.json()
    assert made["account"]["must_change_password"] is True
    assert made["account"]["name"] == "安娜"
    ann = console.browser("192.0.2.2")
    assert (await ann.sign_in("ann", made["password"])).json()["must_change_password"] is True
    listed = await boss.get("/accounts")
    assert made["password"] not in listed.text
    assert "argon2" not in listed.text
    assert all(made["password"].encode() not in it.canonical() for it in console.office.trail())


async def test_accounts_are_listed_by_name(console: Room, boss: Browser) -> None:
    await console.account("ann", "viewer")
    listed = (await boss.get("/accounts")).json()
    assert [it["account"] for it in listed] == ["ann", "boss"]
    assert listed[0]["signed_in_ns"] == "0"
    assert listed[1]["signed_in_ns"] != "0"


async def test_the_roles_there_are(boss: Browser) -> None:
    roles = {it["role"]: it for it in (await boss.get("/accounts/roles")).json()}
    assert set(roles) == {"sysadmin", "security", "auditor", "viewer"}
    assert roles["auditor"]["zh"] == "审计管理员"
    assert "audit.read" in roles["auditor"]["permissions"]


async def test_disable_and_enable(console: Room, boss: Browser) -> None:
    ann = await console.person("ann", "viewer", address="192.0.2.2")
    assert (await boss.post("/accounts/ann/disable")).json()["disabled"] is True
    assert (await ann.sign_in("ann", OWN)).status_code == 401
    assert (await boss.post("/accounts/ann/enable")).json()["disabled"] is False
    assert (await ann.sign_in("ann", OWN)).status_code == 200


async def test_a_forgotten_password_is_reset(console: Room, boss: Browser) -> None:
    ann = await console.person("ann", "viewer", address="192.0.2.2")
    answer = (await boss.post("/accounts/ann/password")).json()
    assert (await ann.sign_in("ann", OWN)).status_code == 401
    signed_in = await ann.sign_in("ann", answer["password"])
    assert signed_in.json()["must_change_password"] is True


async def test_ones_own_password_is_not_reset_here(boss: Browser) -> None:
    answer = await boss.post("/accounts/boss/password")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


async def test_the_last_manager_stays(boss: Browser) -> None:
    assert (await boss.post("/accounts/boss/disable")).status_code == 409
    assert (await boss.post("/accounts/boss/roles", {"roles": ["viewer"]})).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"account": "boss", "name": "x", "roles": ["viewer"]}, 409),
        ({"account": "Ann", "name": "x", "roles": ["viewer"]}, 422),
        ({"account": "@local", "name": "x", "roles": ["viewer"]}, 422),
        ({"account": "ann", "name": "", "roles": ["viewer"]}, 422),
        ({"account": "ann", "name": "x", "roles": []}, 422),
        ({"account": "ann", "name": "x", "roles": ["root"]}, 422),
        ({"account": "ann", "name": "x", "roles": ["@local"]}, 422),
        ({"account": "ann", "name": "x\u202e", "roles": ["viewer"]}, 422),
        ({"account": "ann", "name": "x\r\nadmin", "roles": ["viewer"]}, 422),
        ({"account": "ann", "name": "x", "roles": ["viewer"], "password": "mine"}, 422),
    ],
)
async def test_a_wrong_account_is_refused(boss: Browser, body: dict[str, object], status: int) -> None:
    assert (await boss.post("/accounts", body)).status_code == status


async def test_an_unknown_account_is_said(boss: Browser) -> None:
    for change in ("disable", "enable", "password"):
        assert (await boss.post(f"/accounts/nobody/{change}")).status_code == 404
