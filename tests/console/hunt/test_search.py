"""Questions to the real store: the span, the scope and the page mark reach it, the answer comes back whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.errors import QuerySyntaxError
from analyzer.store.base import EVERYTHING, Scope
from analyzer.store.lucene import parse
from analyzer.store.select import open_reader, open_writer
from console.errors import ConsoleError
from console.hunt.search import Hunt, Question
from sensor.events.catalogue import load_catalogue

NOW = 1_700_000_100_000_000_000


def event(number: int) -> dict[str, Any]:
    return {
        "@timestamp": f"2023-11-14T22:13:{20 + number:02}.000000Z",
        "event": {"id": f"s-e-{number}", "dataset": "starwatch.dns" if number % 2 else "starwatch.flow"},
        "platform": {"id": ["cloud" if number < 6 else "port"]},
        "dns": {"question": {"name": f"<b>n{number}</b>.example"}},
    }


def fill(folder: Path, events: list[dict[str, Any]]) -> None:
    writer = open_writer(folder)
    writer.append("events", "".join(json.dumps(it) + "\n" for it in events).encode(), 0)
    writer.commit()
    writer.close()


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    folder = tmp_path_factory.mktemp("store")
    fill(folder, [event(number) for number in range(10)])
    reader = open_reader(folder)
    yield Hunt(reader, load_catalogue(), parse, lambda: NOW)
    reader.close()


def ids(page: Any) -> list[str]:
    return [hit["event"]["id"] for hit in page["hits"]]


def ask(hunt: Hunt, question: Question, **more: Any) -> Any:
    return hunt.page(question, **{"size": 50, "ascending": False, "after": "", **more})


def test_everything_newest_first(hunt: Hunt) -> None:
    page = ask(hunt, Question(EVERYTHING))
    assert ids(page) == [f"s-e-{number}" for number in range(9, -1, -1)]
    assert (page["total"], page["partial"], page["next"]) == (10, False, None)


def test_documents_come_as_they_were_stored(hunt: Hunt) -> None:
    page = ask(hunt, Question(EVERYTHING, query="event.id:s\\-e\\-3"))
    assert page["hits"] == [event(3)]


def test_coverage_is_not_known_and_not_claimed(hunt: Hunt) -> None:
    assert ask(hunt, Question(EVERYTHING))["coverage"] is None


def test_pages_follow_one_another(hunt: Hunt) -> None:
    found, after = [], ""
    while after is not None:
        page = ask(hunt, Question(EVERYTHING), size=3, ascending=True, after=after)
        found += ids(page)
        after = page["next"]
    assert found == [f"s-e-{number}" for number in range(10)]


def test_the_scope_bounds_every_answer(hunt: Hunt) -> None:
    port = Question(Scope(frozenset({"port"})))
    assert ask(hunt, port)["total"] == 4
    assert sum(count for _, count in hunt.histogram(port, 10)["buckets"]) == 4
    assert sum(count for _, count in hunt.terms(port, "event.dataset", 10, fewest=False)["items"]) == 4
    assert ask(hunt, Question(Scope(frozenset())))["total"] == 0


def test_the_span_is_half_open(hunt: Hunt) -> None:
    question = Question(EVERYTHING, start="2023-11-14T22:13:22Z", end="2023-11-14T22:13:25Z")
    assert ids(ask(hunt, question)) == ["s-e-4", "s-e-3", "s-e-2"]
    assert ask(hunt, Question(EVERYTHING, start="now-1m"))["total"] == 0
    assert ask(hunt, Question(EVERYTHING, start="now-2m"))["total"] == 10


def test_histogram_counts_everything_once(hunt: Hunt) -> None:
    buckets = hunt.histogram(Question(EVERYTHING), 60)["buckets"]
    assert sum(count for _, count in buckets) == 10


def test_terms_most_and_fewest(hunt: Hunt) -> None:
    question = Question(EVERYTHING, query="NOT event.id:s\\-e\\-0")
    most = hunt.terms(question, "event.dataset", 1, fewest=False)["items"]
    fewest = hunt.terms(question, "event.dataset", 1, fewest=True)["items"]
    assert [list(it) for it in most] == [["starwatch.dns", 5]]
    assert [list(it) for it in fewest] == [["starwatch.flow", 4]]


def test_an_unknown_field_is_refused(hunt: Hunt) -> None:
    with pytest.raises(ConsoleError) as refused:
        hunt.terms(Question(EVERYTHING), "no.such.field", 10, fewest=False)
    assert "no.such.field" in refused.value.details["detail"]


def test_a_wrong_text_names_its_place(hunt: Hunt) -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        ask(hunt, Question(EVERYTHING, query="event.id:x AND (("))
    assert refused.value.start <= refused.value.end


def test_the_catalogue_is_complete(hunt: Hunt) -> None:
    fields = {it["name"]: it for it in hunt.catalogue()}
    assert len(fields) == len(load_catalogue())
    assert fields["dns.question.name"]["zh"]
