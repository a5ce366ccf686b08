"""The queue's list: filters, order and pages against a plain list in memory; never a row out of scope."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from analyzer.alerting.queue import Wanted, open_by_level, page, read_alerts, read_group
from analyzer.errors import InvalidError, NotFoundError
from analyzer.state import close
from analyzer.store.base import Scope
from tests.analyzer.control.groups import RULE, add_group
from tests.analyzer.state.fresh import fresh_state

STATUSES = ("open", "acknowledged", "escalated", "false_positive")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    sessions = fresh_state(tmp_path_factory.mktemp("queue"))
    for number in range(60):
        add_group(
            sessions,
            f"g{number:02}",
            platforms=("cloud",) if number % 3 else ("cloud", "factory"),
            severity=number % 5,
            status=STATUSES[number % 4],
            last_ns=1_000 + number // 2,
            score=number % 7,
            count=number,
            words=f"host{number}.example 100%_{number % 2}",
        )
    with sessions() as session:
        yield session
    close(sessions)


def groups(db: Session, **wanted: Any) -> list[str]:
    return [item["group"] for item in page(db, Wanted(limit=500, **wanted)).items]


def test_newest_first(db: Session) -> None:
    found = page(db, Wanted(limit=3))
    assert [item["group"] for item in found.items] == ["g59", "g58", "g57"]
    assert found.total == 60
    assert found.items[0]["last_ns"] == "1029"


@pytest.mark.parametrize("sort", ["last", "-last", "level", "-level", "score", "-count", "first", "-seen"])
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_join_without_gap_or_double(db: Session, sort: str, limit: int) -> None:
    seen: list[str] = []
    after = ""
    while True:
        found = page(db, Wanted(sort=sort, limit=limit, after=after))
        seen += [item["group"] for item in found.items]
        after = found.next
        if not after:
            break
    assert seen == groups(db, sort=sort)
    assert len(set(seen)) == 60


def test_filters(db: Session) -> None:
    assert len(groups(db, status=["open"])) == 15
    assert len(groups(db, status=["open", "escalated"])) == 30
    assert len(groups(db, level=["critical"])) == 12
    assert len(groups(db, platform="factory")) == 20
    assert len(groups(db, rule="r1")) == 60
    assert groups(db, rule="other") == []
    assert groups(db, text="host7.example") == ["g07"]
    assert groups(db, text="HOST7.") == ["g07"]
    assert len(groups(db, text="example 100%_1")) == 30
    assert groups(db, text="%_%") == []


def test_scope(db: Session) -> None:
    factory = Scope(frozenset({"factory"}))
    assert len(groups(db, scope=factory)) == 20
    assert groups(db, scope=Scope(frozenset())) == []
    assert groups(db, scope=factory, platform="cloud") == groups(db, scope=factory)
    with pytest.raises(NotFoundError):
        read_group(db, "g01", factory)
    assert read_group(db, "g03", factory)["platforms"] == ["cloud", "factory"]
    assert sum(open_by_level(db, Scope(frozenset())).values()) == 0


def test_open_by_level_names_every_level(db: Session) -> None:
    assert open_by_level(db, Scope(None)) == dict.fromkeys(
        ("informational", "low", "medium", "high", "critical"), 3
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": ["closed"]},
        {"level": ["urgent"]},
        {"sort": "name"},
        {"sort": ""},
        {"after": "x"},
        {"after": "bnVsbA=="},
        {"after": "WzEsMl0="},
        {"after": "é"},
    ],
)
def test_what_is_no_question_is_refused(db: Session, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        page(db, Wanted(**wrong))


def test_an_alert_shows_its_rule_as_it_read_then(db: Session) -> None:
    (alert,) = read_alerts(db, "g05")
    assert alert["rule"] == {**RULE, "text": "title: Odd name"}
    assert alert["stamps"] == {"packet": "1", "parsed": "2", "matched": "3", "stored": "0", "shown": "0"}


def test_an_empty_queue_is_an_empty_page(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    with sessions() as db:
        found = page(db, Wanted())
    assert (found.items, found.total, found.next) == ([], 0, "")
    close(sessions)
