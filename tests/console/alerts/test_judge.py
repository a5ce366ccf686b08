"""Each decision is one request to the analyzer, which checks it again."""

import pytest

from analyzer.errors import ConflictError, ForbiddenError
from analyzer.ledger import LOCAL, Actor
from console.alerts import judge
from tests.analyzer.control.groups import add_group
from tests.console.room import Room

pytestmark = pytest.mark.anyio
ME = Actor(LOCAL)


async def test_verdict_undo_and_assignment(console: Room) -> None:
    add_group(console.office.sessions, "a1")
    control = console.services.control
    assert (await judge.verdict(control, ME, "a1", "escalated", "look", 1))["status"] == "escalated"
    assert (await judge.undo(control, ME, "a1", 2))["status"] == "open"
    assert (await judge.assign(control, ME, "a1", "", 3))["assignee"] == ""
    with pytest.raises(ConflictError):
        await judge.undo(control, ME, "a1", 1)


async def test_a_console_that_is_taken_over_has_no_more_rights_than_its_user(console: Room) -> None:
    """The analyzer does not take the console's word for it: no session, no verdict."""
    add_group(console.office.sessions, "a1")
    await console.person("ann", "security")
    with pytest.raises(ForbiddenError):
        await judge.verdict(console.services.control, Actor("ann", "0" * 64), "a1", "escalated", "", 1)


async def test_shown(console: Room) -> None:
    await judge.shown(console.services.control, ME, [{"id": "nothing", "shown_ms": 1}])
