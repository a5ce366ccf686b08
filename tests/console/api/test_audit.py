"""The audit trail over HTTP."""

import pytest

from tests.console.room import Room

pytestmark = pytest.mark.anyio


async def test_newest_first_in_pages_without_gaps(console: Room) -> None:
    auditor = await console.person("eve", "auditor")
    for number in range(5):
        await console.account(f"a{number}", "viewer")
    indices: list[int] = []
    after = ""
    while after is not None:
        page = (await auditor.get("/audit", limit=3, after=after)).json()
        indices += [it["index"] for it in page["items"]]
        after = page["next"]
    assert indices == list(range(len(console.office.trail())))[::-1]


async def test_a_record_says_who_what_and_from_where(console: Room) -> None:
    boss = await console.person("boss", "sysadmin", "auditor", address="192.0.2.50")
    await console.account("ann", "viewer")
    await boss.post("/accounts/ann/disable")
    record = (await boss.get("/audit", limit=1)).json()["items"][0]
    assert (record["account"], record["address"], record["action"]) == (
        "boss",
        "192.0.2.50",
        "account.disable",
    )
    assert (record["kind"], record["object"], record["result"]) == ("account", "ann", "done")
    assert record["before"]["disabled"] is False
    assert record["after"]["disabled"] is True
    assert record["at_ns"] == str(console.office.now_ns)
    assert len(record["session"]) == 64


async def test_a_refusal_is_in_the_trail(console: Room) -> None:
    boss = await console.person("boss", "sysadmin", "auditor")
    await boss.post("/accounts/boss/disable")
    record = (await boss.get("/audit", limit=1)).json()["items"][0]
    assert (record["action"], record["result"]) == ("account.disable", "refused")
    assert record["reason"]


@pytest.mark.parametrize("params", [{"after": "-1"}, {"after": "x"}, {"after": "9" * 19}, {"limit": 0}])
async def test_a_wrong_question_is_refused(console: Room, params: dict[str, object]) -> None:
    auditor = await console.person("eve", "auditor")
    assert (await auditor.get("/audit", **params)).status_code == 422


async def test_past_the_beginning_there_is_nothing(console: Room) -> None:
    auditor = await console.person("eve", "auditor")
    assert (await auditor.get("/audit", after="0")).json() == {"items": [], "next": None}
    assert (await auditor.get("/audit", after="9" * 18)).status_code == 200
