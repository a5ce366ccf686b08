"""Events in, alerts out, through the real rules: every folder here holds `events.ndjson` and `alerts.json`.

`STARWATCH_GOLDEN=write` writes the expectations anew; what changed is then read in the diff.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from analyzer.alerting import queue
from analyzer.alerting.book import AlertBook
from analyzer.detect.bench import Bench
from analyzer.rulebook import load, shipped
from analyzer.state import close
from tests.analyzer.state.fresh import fresh_state
from tests.analyzer.stream.parts import MemoryBatch

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/events.ndjson"))
KEPT = (
    "group",
    "platforms",
    "entities",
    "status",
    "count",
    "alerts",
    "first_ns",
    "last_ns",
    "score",
    "latest",
)
BATCH_LINES = 3


def alerts_of(events: bytes, folder: Path) -> list[dict[str, Any]]:
    """The queue after the events, in batches of a few lines."""
    sessions = fresh_state(folder)
    bench, book = Bench(load(shipped())), AlertBook(sessions, lambda *_: None, lambda: 1)
    lines = events.splitlines(keepends=True)
    for position, start in enumerate(range(0, len(lines), BATCH_LINES)):
        book.enter([bench(MemoryBatch(position, {}, b"".join(lines[start : start + BATCH_LINES])))])
    with sessions() as db:
        found = [described(db, item) for item in queue.page(db, queue.Wanted(limit=500)).items]
    close(sessions)
    return sorted(found, key=lambda it: str(it["group"]))


def described(db: Any, item: dict[str, Any]) -> dict[str, Any]:
    alerts = queue.read_alerts(db, item["group"])
    return {
        "rule": item["rule"]["id"],
        "title": item["rule"]["title"],
        "level": item["rule"]["level"],
        **{key: item[key] for key in KEPT},
        "evidence": [
            {key: alert[key] for key in ("id", "count", "conditions", "events")} for alert in alerts
        ],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, tmp_path: Path) -> None:
    found = alerts_of((case / "events.ndjson").read_bytes(), tmp_path)
    if os.environ.get("STARWATCH_GOLDEN") == "write":
        text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
        (case / "alerts.json").write_text(text, encoding="utf-8")
    assert found == json.loads((case / "alerts.json").read_text("utf-8"))


def test_there_are_cases_that_fire_and_cases_that_do_not() -> None:
    expected = [json.loads((case / "alerts.json").read_text("utf-8")) for case in CASES]
    assert any(expected)
    assert not all(expected)
