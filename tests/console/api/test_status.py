"""The status page's document, with its warnings in words, and retention."""

from typing import Any

import pytest

from analyzer.control.status import Snapshot, document
from tests.console.room import Browser, Room

pytestmark = pytest.mark.anyio


def snapshot() -> dict[str, Any]:
    return document(
        Snapshot(
            now_ns=10**18,
            started_ns=10**18 - 5,
            processes={"console": {"state": "running", "pid": 7, "since": 1.5, "restarts": 2}},
            sensors=[
                {
                    "sensor": "s1",
                    "connected": False,
                    "address": "192.0.2.1",
                    "last": 10**18,
                    "epoch": "e",
                    "batches": 1,
                    "events": 2,
                    "missing": 3,
                    "packet": 0,
                }
            ],
            refusals=0,
            inbox={"obstacle": ""},
            pipeline={"state": "full", "fault": "no space"},
            partitions=[],
            ledger={"records": 1, "bytes": 2, "damaged": 0},
            latency={
                "p50_ms": None,
                "p99_ms": None,
                "count": 0,
                "matched": {"p50_ms": 1.5, "p99_ms": 2.0, "count": 3},
            },
            rules={"content_version": "v", "loaded": 12, "faults": 1},
            workers={"failed": 0, "isolated": True},
            files={"fault": "", "faulty": 0, "quarantined": 0, "queue": 0, "workers": []},
            evidence={
                "kept": 4,
                "waiting": 1,
                "failed": 2,
                "sacrificed": 0,
                "bytes": 900,
                "max_bytes": 1_000,
                "stalled_s": 0,
                "fault": "",
            },
            disk_free=1 << 40,
            disk_total=1 << 41,
            retention_days=180,
            quarantined=0,
            mixed_roles=["admin"],
            certificates={"ca": 3_000},
            renewal_fault="",
            subscribers=1,
        )
    )


@pytest.fixture
async def boss(console: Room, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(console.office.desk, "status", snapshot)
    return await console.person("boss", "sysadmin")


async def test_the_document_as_the_analyzer_makes_it(boss: Browser) -> None:
    status = (await boss.get("/status")).json()
    assert status["processes"][0]["since_ns"] == "1500000000"
    assert status["sensors"][0]["missing"] == 3
    assert status["latency"]["p50_ms"] is None
    assert status["latency"]["matched"]["count"] == 3


@pytest.mark.parametrize(("language", "word"), [("en", "data disk is full"), ("zh", "数据盘已满")])
async def test_warnings_are_in_the_readers_language(boss: Browser, language: str, word: str) -> None:
    answer = await boss.http.get("/api/v1/status", headers={"accept-language": language})
    warnings = {it["code"]: it["message"] for it in answer.json()["warnings"]}
    assert word in warnings["store_full"]
    assert "no space" in warnings["store_full"]
    assert set(warnings) == {"store_full", "sensor_silent", "events_missing", "rules_faulty", "roles_mixed"}


async def test_retention_is_shortened_only_when_said_twice(console: Room, boss: Browser) -> None:
    assert (await boss.post("/status/retention", {"days": 365})).json() == {"days": 365}
    once = await boss.post("/status/retention", {"days": 200})
    assert (once.status_code, once.json()["error"]["code"]) == (409, "conflict")
    assert (await boss.post("/status/retention", {"days": 200, "confirm": 200})).json() == {"days": 200}
    assert [it.result for it in console.office.trail() if it.action == "retention.set"] == [
        "done",
        "refused",
        "done",
    ]
