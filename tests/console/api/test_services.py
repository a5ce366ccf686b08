"""Where a request comes from: the peer, whatever its headers say."""

import pytest

from tests.console.room import Room

pytestmark = pytest.mark.anyio


async def test_headers_do_not_choose_the_address(console: Room) -> None:
    browser = console.browser("192.0.2.200")
    for name in ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip"):
        browser.http.headers[name] = "10.0.0.1"
    await browser.sign_in("nobody", "wrong")
    record = console.office.trail()[-1]
    assert (record.action, record.actor.address) == ("session.fail", "192.0.2.200")
