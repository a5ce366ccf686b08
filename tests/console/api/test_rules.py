"""The rulebook over HTTP, from the shipped rules."""

import pytest

from analyzer.rulebook import load, shipped
from analyzer.rulebook.commands import listing
from tests.console.room import Browser, Room

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ann(console: Room, monkeypatch: pytest.MonkeyPatch) -> Browser:
    book = load(shipped())
    monkeypatch.setattr(console.office.desk, "rules", lambda: listing(book))
    return await console.person("ann", "security")


async def test_every_rule_says_what_it_finds_and_what_it_misses(ann: Browser) -> None:
    book = (await ann.get("/rules")).json()
    assert len(book["rules"]) >= 12
    for rule in book["rules"]:
        for text in ("title", "title_zh", "description", "description_zh", "misses", "misses_zh", "text"):
            assert rule[text], f"{rule['id']}: {text}"


async def test_reload_is_an_audited_change(console: Room, ann: Browser) -> None:
    assert (await ann.post("/rules/reload")).status_code == 200
    assert console.office.desk.version == "v2"
    assert console.office.trail()[-1].action == "rules.reload"
