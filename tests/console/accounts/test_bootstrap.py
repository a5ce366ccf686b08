"""The first administrator, made once; and the way back in."""

import asyncio

import pytest

from analyzer.errors import NotFoundError
from analyzer.ledger import LOCAL
from console.accounts.bootstrap import ROLES, first_administrator, reset_password
from tests.console.room import OWN, Room

pytestmark = pytest.mark.anyio


async def test_the_first_administrator_is_made_once(console: Room) -> None:
    settings = console.services.settings
    made = await asyncio.to_thread(first_administrator, settings)
    assert made is not None
    assert await asyncio.to_thread(first_administrator, settings) is None
    browser = console.browser()
    session = (await browser.sign_in(made.account, made.password)).json()
    assert session["must_change_password"] is True
    assert set(session["roles"]) == set(ROLES)
    record = console.office.trail()[0]
    assert (record.action, record.actor.account, record.object) == ("account.create", LOCAL, "admin")
    assert made.password.encode() not in record.canonical()


async def test_a_lost_password_is_reset_from_the_machine_itself(console: Room) -> None:
    ann = await console.person("ann", "viewer")
    made = await asyncio.to_thread(reset_password, console.services.settings, "ann")
    assert (await ann.get("/session")).status_code == 401
    assert (await ann.sign_in("ann", OWN)).status_code == 401
    assert (await ann.sign_in("ann", made.password)).json()["must_change_password"] is True


async def test_nobody_is_not_reset(console: Room) -> None:
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(reset_password, console.services.settings, "nobody")
