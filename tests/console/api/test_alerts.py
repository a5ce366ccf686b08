"""The queue over HTTP: listing, opening, judging, and telling what was shown."""

import pytest

from tests.analyzer.control.groups import add_group
from tests.console.room import Browser, Room
from tests.console.shelf import Shelf

pytestmark = pytest.mark.anyio
G1, G2, G3 = "a1" * 16, "b2" * 16, "c3" * 16


@pytest.fixture
async def ann(console: Room) -> Browser:
    add_group(console.office.sessions, G1, last_ns=30)
    add_group(console.office.sessions, G2, last_ns=20, severity=4, rule_id="r2")
    add_group(console.office.sessions, G3, ("port",), last_ns=10, severity=1, words="telnet")
    return await console.person("ann", "security")


async def groups(browser: Browser, **params: object) -> list[str]:
    answer = await browser.get("/alerts", **params)
    assert answer.status_code == 200, answer.text
    return [it["group"] for it in answer.json()["items"]]


async def test_the_newest_come_first(ann: Browser) -> None:
    page = (await ann.get("/alerts")).json()
    assert [it["group"] for it in page["items"]] == [G1, G2, G3]
    assert (page["total"], page["next"]) == (3, None)
    assert page["open"] == {"informational": 0, "low": 1, "medium": 0, "high": 1, "critical": 1}
    assert page["items"][0]["last_ns"] == "30"
    assert page["items"][0]["rule"]["title_zh"] == "异常域名"


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"level": ["critical", "low"]}, [G2, G3]),
        ({"platform": "port"}, [G3]),
        ({"rule": "r2"}, [G2]),
        ({"text": "TELNET"}, [G3]),
        ({"status": "acknowledged"}, []),
        ({"sort": "-level"}, [G2, G1, G3]),
        ({"sort": "last"}, [G3, G2, G1]),
    ],
)
async def test_filters_and_order(ann: Browser, params: dict[str, object], wanted: list[str]) -> None:
    assert await groups(ann, **params) == wanted


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 501},
        {"sort": "rule"},
        {"level": "red"},
        {"after": "x"},
        {"what": 1},
        {"text": "x" * 300},
    ],
)
async def test_a_wrong_question_is_refused(ann: Browser, params: dict[str, object]) -> None:
    answer = await ann.get("/alerts", **params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


async def test_pages_follow_one_another(ann: Browser) -> None:
    first = (await ann.get("/alerts", limit=2)).json()
    second = (await ann.get("/alerts", limit=2, after=first["next"])).json()
    assert [it["group"] for it in first["items"] + second["items"]] == [G1, G2, G3]
    assert second["next"] is None


async def test_a_group_opens_with_its_story(console: Room, ann: Browser) -> None:
    await ann.post(f"/alerts/{G1}/verdict", {"verdict": "escalated", "reason": "look", "version": 1})
    story = (await ann.get(f"/alerts/{G1}")).json()
    assert story["group"]["verdict"] == "escalated"
    (alert,) = story["alerts"]
    assert alert["stamps"] == {"packet": "1", "parsed": "2", "matched": "3", "stored": "0", "shown": "0"}
    assert alert["rule"]["text"] == "title: Odd name"
    (change,) = story["history"]
    assert (change["account"], change["action"], change["reason"]) == ("ann", "verdict", "look")


async def test_evidence_events_come_from_the_store(console: Room, ann: Browser) -> None:
    shelf = console.services.store
    assert isinstance(shelf, Shelf)
    shelf.documents = [
        {"event": {"id": "e1"}, "platform": {"id": "cloud"}, "dns": {"question": {"name": "<b>"}}}
    ]
    detail = {"conditions": [], "score": [], "events": ["e1", "gone"], "sensor": "s", "content_version": "c"}
    with console.office.sessions.begin() as db:
        from analyzer.state import AlertRow

        row = db.get(AlertRow, f"{G1}-a")
        assert row is not None
        row.detail = detail
    story = (await ann.get(f"/alerts/{G1}")).json()
    assert story["events"] == shelf.documents
    assert story["alerts"][0]["events"] == ["e1", "gone"]


async def test_a_verdict_counts_up_the_version(console: Room, ann: Browser) -> None:
    answer = await ann.post(f"/alerts/{G1}/verdict", {"verdict": "acknowledged", "version": 1})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["version"]) == ("acknowledged", 2)
    record = console.office.trail()[-1]
    assert (record.action, record.object, record.actor.account, record.actor.address) == (
        "alert.verdict",
        G1,
        "ann",
        "192.0.2.1",
    )


async def test_the_second_of_two_who_judge_at_once_is_told(ann: Browser) -> None:
    await ann.post(f"/alerts/{G1}/verdict", {"verdict": "acknowledged", "version": 1})
    late = await ann.post(f"/alerts/{G1}/verdict", {"verdict": "escalated", "version": 1})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")


async def test_undo_and_assignee(ann: Browser) -> None:
    await ann.post(f"/alerts/{G1}/verdict", {"verdict": "acknowledged", "version": 1})
    undone = await ann.post(f"/alerts/{G1}/undo", {"version": 2})
    assert undone.json()["status"] == "open"
    mine = await ann.post(f"/alerts/{G1}/assignee", {"account": "ann", "version": 3})
    assert mine.json()["assignee"] == "ann"
    assert (await ann.post(f"/alerts/{G1}/assignee", {"account": "nobody", "version": 4})).status_code == 422


async def test_a_false_positive_needs_its_reason(ann: Browser) -> None:
    answer = await ann.post(f"/alerts/{G1}/verdict", {"verdict": "false_positive", "version": 1})
    assert answer.status_code == 422
    assert "reason" in answer.json()["error"]["detail"]


@pytest.mark.parametrize("group", ["d4" * 16, "zz", "a" * 65, "%2e%2e", "a1' --"])
@pytest.mark.parametrize("path", ["", "/verdict"])
async def test_a_group_that_is_not_there(ann: Browser, group: str, path: str) -> None:
    answer = (
        await ann.post(f"/alerts/{group}{path}", {"verdict": "open", "version": 1})
        if path
        else await ann.get(f"/alerts/{group}")
    )
    assert answer.status_code in (404, 422)


async def test_shown_is_stamped_once(console: Room, ann: Browser) -> None:
    at_ms = console.office.now_ns // 1_000_000
    for shown_ms in (at_ms, at_ms - 1):
        body = {"shown": [{"id": f"{G1}-a", "shown_ms": shown_ms}]}
        assert (await ann.post("/alerts/shown", body)).status_code == 204
    story = (await ann.get(f"/alerts/{G1}")).json()
    assert story["alerts"][0]["stamps"]["shown"] == str(at_ms * 1_000_000)


async def test_shown_is_bounded(ann: Browser) -> None:
    body = {"shown": [{"id": "x", "shown_ms": 1}] * 201}
    assert (await ann.post("/alerts/shown", body)).status_code == 422
