"""Who may follow, and what each sees of what is pushed."""

from dataclasses import replace

import pytest

from analyzer.store.base import EVERYTHING, Scope
from console.accounts.person import Person
from console.api.stream import visible
from console.live.hub import Hub
from tests.console.room import Room

ANN = Person("ann", "Ann", ("security",), frozenset({"alerts.read"}), False, "s", EVERYTHING)
CLOUD = {"group": "g", "platforms": ["cloud", "port"]}


@pytest.mark.parametrize(
    ("scope", "kind", "data", "seen"),
    [
        (None, "alert", CLOUD, True),
        (None, "alert", {}, True),
        ({"port"}, "alert", CLOUD, True),
        ({"port"}, "group", CLOUD, True),
        ({"factory"}, "alert", CLOUD, False),
        ({"factory"}, "group", {}, False),
        (set(), "alert", CLOUD, False),
        ({"factory"}, "status", {}, True),
        ({"factory"}, "resync", {}, True),
        (None, "session", {"account": "ann"}, False),
    ],
)
def test_visible(scope: set[str] | None, kind: str, data: dict[str, object], seen: bool) -> None:
    person = replace(ANN, scope=Scope(None if scope is None else frozenset(scope)))
    assert visible(person, kind, data) is seen


def test_alerts_are_for_who_may_read_them() -> None:
    assert not visible(replace(ANN, permissions=frozenset()), "alert", CLOUD)


@pytest.mark.anyio
async def test_nobody_follows_without_the_analyzer(console: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await console.person("ann", "security")
    monkeypatch.setattr(Hub, "connected", False)
    answer = await ann.get("/stream")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "analyzer_unavailable")
