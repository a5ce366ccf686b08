"""Searching over HTTP, with the real store and the real language."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analyzer.store.lucene import parse
from analyzer.store.select import open_reader
from tests.console.hunt.test_search import event, fill
from tests.console.room import Browser, Room, room

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ann(tmp_path: Path) -> AsyncIterator[Browser]:
    fill(tmp_path / "analyzer" / "store", [event(number) for number in range(10)])
    async with room(tmp_path, open_reader(tmp_path / "analyzer" / "store"), parse) as opened:
        yield await opened.person("ann", "security")


async def test_search(ann: Browser) -> None:
    answer = await ann.get("/events", query="event.dataset:starwatch.dns", size=2)
    page = answer.json()
    assert (answer.status_code, page["total"], len(page["hits"])) == (200, 5, 2)
    assert page["hits"][0] == event(9)
    more = (await ann.get("/events", query="event.dataset:starwatch.dns", size=2, after=page["next"])).json()
    assert more["hits"][0] == event(5)


async def test_markup_in_a_document_stays_data(ann: Browser) -> None:
    answer = await ann.get("/events", query="event.id:s\\-e\\-1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["hits"][0]["dns"]["question"]["name"] == "<b>n1</b>.example"


async def test_oldest_first(ann: Browser) -> None:
    assert (await ann.get("/events", sort="oldest", size=1)).json()["hits"] == [event(0)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("path", ["/events", "/events/histogram", "/events/terms"])
async def test_a_wrong_text_is_marked_in_the_readers_language(ann: Browser, path: str, language: str) -> None:
    params = (
        {"query": "event.id:x AND (", "field": "event.id"}
        if path.endswith("terms")
        else {"query": "event.id:x AND ("}
    )
    answer = await ann.http.get(f"/api/v1{path}", params=params, headers={"accept-language": language})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "query_syntax")
    assert 0 <= error["start"] < error["end"] <= len(params["query"])
    assert error["hint"]
    assert error["message"].isascii() is (language == "en")


@pytest.mark.parametrize(
    "params",
    [
        {"size": 0},
        {"size": 501},
        {"after": "x"},
        {"start": "soon"},
        {"sort": "up"},
        {"kind": "state"},
        {"query": "x" * 9000},
    ],
)
async def test_a_wrong_question_is_refused(ann: Browser, params: dict[str, object]) -> None:
    answer = await ann.get("/events", **params)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] in ("invalid", "query_syntax")


async def test_histogram_and_terms(ann: Browser) -> None:
    counts = (await ann.get("/events/histogram", buckets=5)).json()
    assert sum(count for _, count in counts["buckets"]) == 10
    assert all(isinstance(start, str) for start, _ in counts["buckets"])
    terms = (await ann.get("/events/terms", field="event.dataset")).json()
    assert dict(map(tuple, terms["items"])) == {"starwatch.dns": 5, "starwatch.flow": 5}


async def test_fields_are_labelled(ann: Browser) -> None:
    fields = (await ann.get("/events/fields")).json()
    assert all(it["zh"] and it["meaning"] and it["type"] for it in fields)


async def test_who_may_not_search_does_not(tmp_path: Path) -> None:
    async with room(tmp_path) as opened:
        chief: Room = opened
        viewer = await chief.person("lee", "viewer")
        assert (await viewer.get("/events")).status_code == 403
