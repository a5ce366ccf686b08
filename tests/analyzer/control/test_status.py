"""The status document: every warning once, with the words' parameters, and none when all is well."""

from dataclasses import replace
from typing import Any

import pytest

from analyzer.control.status import Snapshot, document
from analyzer.store.base import Partition

SECOND = 1_000_000_000
NOW = 1_000_000 * SECOND
SENSOR = {
    "sensor": "s1",
    "connected": True,
    "address": "192.0.2.1",
    "last": NOW - SECOND,
    "epoch": "e",
    "batches": 3,
    "events": 60,
    "missing": 0,
    "packet": NOW - 3 * SECOND,
}
WELL = Snapshot(
    now_ns=NOW,
    started_ns=5,
    processes={"analyzer": {"state": "running", "pid": 7, "restarts": 1, "since": 2.5}},
    sensors=[SENSOR],
    refusals=0,
    inbox={"obstacle": "", "bytes": 1, "damaged": 0},
    pipeline={"state": "running", "fault": ""},
    partitions=[Partition("events", "2024-01-02", 5, 50), Partition("alerts", "2024-01-01", 1, 10)],
    ledger={"bytes": 1, "records": 2, "damaged": 0},
    latency={"p50_ms": None, "p99_ms": None, "count": 0},
    rules={"content_version": "c", "loaded": 12, "faults": 0},
    workers={"failed": 0, "last_fault": "", "isolated": True},
    files={"fault": "", "faulty": 0, "quarantined": 0, "queue": 0, "workers": []},
    evidence={"kept": 3, "waiting": 0, "failed": 0, "sacrificed": 0, "stalled_s": 0, "fault": ""},
    disk_free=50 << 30,
    disk_total=100 << 30,
    retention_days=180,
    quarantined=0,
    mixed_roles=[],
    certificates={"ca": 3_000, "sensor/s1": 30},
    renewal_fault="",
    subscribers=1,
)


def test_all_is_well() -> None:
    found = document(WELL)
    assert found["warnings"] == []
    assert found["processes"] == [
        {"name": "analyzer", "state": "running", "pid": 7, "since_ns": "2500000000", "restarts": 1}
    ]
    assert found["store"] == {
        "documents": 6,
        "bytes": 60,
        "partitions": 2,
        "oldest_day": "2024-01-01",
        "newest_day": "2024-01-02",
    }
    assert (found["sensors"][0]["lag_ms"], found["sensors"][0]["state"]) == (2_000, "connected")


@pytest.mark.parametrize(
    ("changed", "code", "params"),
    [
        ({"pipeline": {"state": "full", "fault": "no room"}}, "store_full", {"fault": "no room"}),
        ({"pipeline": {"state": "failed", "fault": "x"}}, "pipeline_failed", {"fault": "x"}),
        ({"inbox": {"obstacle": "full", "damaged": 0}}, "inbox_waits", {"reason": "full"}),
        ({"inbox": {"obstacle": "", "damaged": 2}}, "inbox_damaged", {"count": 2}),
        ({"quarantined": 3}, "batches_quarantined", {"count": 3}),
        ({"refusals": 4}, "sensors_refused", {"count": 4}),
        ({"sensors": [{**SENSOR, "connected": False}]}, "sensor_silent", {"sensor": "s1", "seconds": 1}),
        (
            {"sensors": [{**SENSOR, "last": NOW - 301 * SECOND}]},
            "sensor_silent",
            {"sensor": "s1", "seconds": 301},
        ),
        ({"sensors": [{**SENSOR, "missing": 9}]}, "events_missing", {"sensor": "s1", "count": 9}),
        ({"disk_free": 4 << 30}, "disk_low", {"free_bytes": 4 << 30}),
        ({"ledger": {"damaged": 1}}, "ledger_damaged", {"count": 1}),
        ({"rules": {"faults": 2}}, "rules_faulty", {"count": 2}),
        ({"workers": {"failed": 1, "last_fault": "f", "isolated": True}}, "worker_failed", {"fault": "f"}),
        ({"workers": {"failed": 0, "isolated": False}}, "workers_not_isolated", {}),
        ({"evidence": {**WELL.evidence, "sacrificed": 2}}, "evidence_full", {"count": 2}),
        (
            {"evidence": {**WELL.evidence, "stalled_s": 181}},
            "evidence_stalled",
            {"seconds": 181, "fault": "-"},
        ),
        ({"retention_days": 90}, "retention_short", {"days": 90, "least": 180}),
        ({"certificates": {"ca": 30, "console": 29}}, "certificate_ends", {"name": "console", "days": 29}),
        ({"renewal_fault": "no disk"}, "renewal_failed", {"fault": "no disk"}),
        ({"mixed_roles": ["a", "b"]}, "roles_mixed", {"accounts": "a, b"}),
    ],
)
def test_each_warning(changed: dict[str, Any], code: str, params: dict[str, Any]) -> None:
    assert document(replace(WELL, **changed))["warnings"] == [{"code": code, "params": params}]


def test_packets_of_a_file_have_no_lag() -> None:
    assert document(replace(WELL, sensors=[{**SENSOR, "packet": 0}]))["sensors"][0]["lag_ms"] is None
