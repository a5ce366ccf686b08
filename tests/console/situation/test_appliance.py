"""What is asked of the analyzer about the appliance itself."""

import pytest

from analyzer.errors import ConflictError
from analyzer.ledger import LOCAL, Actor
from console.situation import appliance
from tests.console.room import Room

pytestmark = pytest.mark.anyio
ME = Actor(LOCAL)


async def test_reading_and_setting(console: Room) -> None:
    control = console.services.control
    assert "processes" in await appliance.status(control, ME)
    assert (await appliance.rules(control, ME))["content_version"] == "v1"
    await appliance.reload_rules(control, ME)
    assert (await appliance.rules(control, ME))["content_version"] == "v2"
    assert await appliance.set_retention(control, ME, 365, 0) == {"days": 365}
    with pytest.raises(ConflictError):
        await appliance.set_retention(control, ME, 200, 0)
