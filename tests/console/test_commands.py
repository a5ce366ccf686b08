"""`starwatch accounts`: reading and resetting, as text and as JSON."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from tests.console.room import Room

pytestmark = pytest.mark.anyio


async def run(console: Room, *arguments: str) -> Result:
    data = str(console.services.settings.analyzer.data)
    return await asyncio.to_thread(CliRunner().invoke, app, ["--data", data, *arguments])


async def test_accounts_are_listed(console: Room) -> None:
    await console.account("ann", "viewer", "auditor")
    text = await run(console, "accounts", "list")
    assert "ann" in text.output
    assert "auditor, viewer" in text.output
    for arguments in (("--json", "accounts", "list"), ("accounts", "list", "--json")):
        (account,) = json.loads((await run(console, *arguments)).output)
        assert account["account"] == "ann"
        assert "argon2" not in json.dumps(account)


async def test_a_password_is_reset(console: Room) -> None:
    await console.account("ann", "viewer")
    made = json.loads((await run(console, "--json", "accounts", "reset", "ann")).output)
    assert (await console.browser().sign_in("ann", made["password"])).status_code == 200


async def test_without_state_it_is_said(console: Room) -> None:
    console.services.settings.analyzer.data.joinpath("empty").mkdir()
    folder = str(console.services.settings.analyzer.data / "empty")
    answer = await asyncio.to_thread(CliRunner().invoke, app, ["--data", folder, "accounts", "list"])
    assert answer.exit_code == 3
    assert "cannot be read" in answer.output
