"""The wiring: what runs beside the requests."""

import asyncio

import pytest

from analyzer.state import SignIn
from console.app import report_once, web_folder
from tests.console.live.test_hub import until
from tests.console.room import Room

pytestmark = pytest.mark.anyio


async def test_last_use_of_sessions_reaches_the_state(console: Room) -> None:
    ann = await console.person("ann", "viewer")
    console.pass_seconds(100)
    await ann.get("/session")
    await report_once(console.services)
    with console.office.sessions() as db:
        (row,) = db.query(SignIn).all()
    assert row.seen_ns == console.office.now_ns
    assert console.services.sessions.unreported() == []


async def test_what_cannot_be_reported_is_kept(console: Room, caplog: pytest.LogCaptureFixture) -> None:
    ann = await console.person("ann", "viewer")
    await ann.get("/session")
    await console.services.control.close()
    console.services.settings.analyzer.control_socket.unlink()
    kept = set(console.services.sessions.unreported())
    await report_once(console.services)
    assert set(console.services.sessions.unreported()) == kept != set()
    assert "could not be reported" in caplog.text


async def test_the_hub_follows_the_analyzer(console: Room) -> None:
    hub = console.services.hub
    await until(lambda: hub.connected)
    with hub.follow() as follower:
        await console.account("ann", "viewer")
        boss = await console.person("boss", "sysadmin")
        await boss.post("/accounts/ann/disable")
        async with asyncio.timeout(5):
            while not any(it.kind == "session" and it.data["account"] == "ann" for it in follower.queue):
                follower.woken.clear()
                await follower.woken.wait()


async def test_without_a_built_web_there_is_none(console: Room) -> None:
    assert web_folder(console.services.settings) is None
