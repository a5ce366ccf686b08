"""The queue in a scope: who may not see a group cannot open or judge it."""

import pytest

from analyzer.alerting.queue import Wanted
from analyzer.errors import NotFoundError
from analyzer.store.base import EVERYTHING, Scope
from console.alerts import queue
from tests.analyzer.control.groups import add_group
from tests.console.room import Room
from tests.console.shelf import Shelf

pytestmark = pytest.mark.anyio
PORT = Scope(frozenset({"port"}))


async def test_a_page_counts_only_what_is_in_scope(console: Room) -> None:
    add_group(console.office.sessions, "a1", ("cloud",))
    add_group(console.office.sessions, "b2", ("port", "cloud"))
    state = console.services.state
    assert queue.page(state, Wanted(scope=EVERYTHING))["total"] == 2
    page = queue.page(state, Wanted(scope=PORT))
    assert [it["group"] for it in page["items"]] == ["b2"]
    assert page["open"]["high"] == 1
    assert queue.page(state, Wanted(scope=Scope(frozenset())))["total"] == 0


async def test_a_group_outside_the_scope_is_not_there(console: Room) -> None:
    add_group(console.office.sessions, "a1", ("cloud",))
    state = console.services.state
    with pytest.raises(NotFoundError):
        queue.story(state, Shelf(), PORT, "a1")
    with pytest.raises(NotFoundError):
        queue.must_see(state, PORT, "a1")
    queue.must_see(state, EVERYTHING, "a1")
