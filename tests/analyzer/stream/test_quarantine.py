"""A bad batch is kept whole, told once, and replaced by an anomaly whose fields are in the catalogue."""

import json
from pathlib import Path

import pytest

from analyzer.stream.quarantine import Quarantine
from sensor.events.catalogue import load_anomalies, load_catalogue
from tests.analyzer.alerting.test_document import fields
from tests.analyzer.stream.parts import NOON, MemoryBatch

BATCH = MemoryBatch(7, {"sensor": "s1", "epoch": "e"}, b"\x00not events\n")


def test_it_is_kept_told_and_replaced(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    quarantine = Quarantine(tmp_path / "q", lambda *it: told.append(it), lambda: NOON)
    assert quarantine.replace(BATCH) is BATCH
    quarantine.lay_aside(BATCH, ValueError("no events"))
    assert told == [(7, "ValueError: no events")]
    assert (tmp_path / "q" / "7.ndjson").read_bytes() == BATCH.ndjson
    again = Quarantine(tmp_path / "q", lambda *it: told.append(it), lambda: NOON + 1)
    assert again.count == 1
    replaced = again.replace(BATCH)
    assert (replaced.position, replaced.fault) == (7, "")
    event = json.loads(replaced.ndjson)
    assert event["anomaly"]["kind"] == "batch_undecodable"
    assert event["event"]["id"] == "s1-inbox-7"
    assert again.replace(MemoryBatch(8, {}, b"")).position == 8
    assert len(told) == 1


def test_the_anomaly_is_in_the_catalogue(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "q", lambda *it: None, lambda: NOON)
    quarantine.lay_aside(BATCH, ValueError("x" * 10_000))
    event = json.loads(quarantine.replace(BATCH).ndjson)
    known = {field.name for field in load_catalogue()}
    assert {name for name, _ in fields(event, "", set())} <= known
    assert len(event["anomaly"]["detail"]) == 500
    found = (event["anomaly"]["kind"], event["anomaly"]["layer"])
    assert [found] == [(kind.name, kind.layer) for kind in load_anomalies() if kind.layer == "inbox"]


def test_without_a_record_nothing_is_laid_aside(tmp_path: Path) -> None:
    def broken(_position: int, _reason: str) -> None:
        raise OSError("no trail")

    quarantine = Quarantine(tmp_path / "q", broken, lambda: NOON)
    with pytest.raises(OSError, match="no trail"):
        quarantine.lay_aside(BATCH, ValueError("x"))
    assert Quarantine(tmp_path / "q", broken, lambda: NOON).replace(BATCH) is BATCH
