"""The status document: how every part is, and what the operator should look at (GET /status)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.store.base import Partition

# Below this the operator is told; the store and the logs stop in good order when it reaches nothing.
LOW_DISK_SHARE = 0.10
LOW_DISK_BYTES = 5 << 30
# A live sensor sends at least a heartbeat of flows; silence this long is worth a look.
SILENT_S = 300
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
# Logs are kept at least six months (网络安全法 art. 21(3), GB/T 22239 8.1.5.4 d).
LAWFUL_DAYS = 180
# Certificates are renewed 60 days before they end (analyzer/trust): one that ends sooner than this was not.
CERTIFICATE_DAYS = 30
# A request for packets is answered within seconds and repeated after a minute: waited for longer, several have failed.
STALLED_S = 180


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the parts say of themselves, taken at now_ns.

    mixed_roles: accounts holding all three administrators'. certificates: days until each ends.
    """

    now_ns: int
    started_ns: int
    processes: Mapping[str, Mapping[str, Any]]
    sensors: Sequence[Mapping[str, Any]]
    refusals: int
    inbox: Mapping[str, Any]
    pipeline: Mapping[str, Any]
    partitions: Sequence[Partition]
    ledger: Mapping[str, int]
    latency: Mapping[str, Any]
    rules: Mapping[str, Any]
    workers: Mapping[str, Any]
    files: Mapping[str, Any]
    evidence: Mapping[str, Any]
    disk_free: int
    disk_total: int
    retention_days: int
    quarantined: int
    mixed_roles: Sequence[str]
    certificates: Mapping[str, int]
    renewal_fault: str
    subscribers: int


def document(now: Snapshot) -> dict[str, Any]:
    """Status of the HTTP API."""
    return {
        "started_ns": str(now.started_ns),
        "processes": [_process(name, state) for name, state in now.processes.items()],
        "sensors": [_sensor(state) for state in now.sensors],
        "store": _store(now.partitions),
        "inbox": dict(now.inbox),
        "pipeline": dict(now.pipeline),
        "ledger": dict(now.ledger),
        "latency": dict(now.latency),
        "rules": dict(now.rules),
        "workers": dict(now.workers),
        "files": dict(now.files),
        "evidence": dict(now.evidence),
        "subscribers": now.subscribers,
        "disk": {"free_bytes": now.disk_free, "total_bytes": now.disk_total},
        "retention": {"days": now.retention_days},
        "warnings": [{"code": code, "params": params} for code, params in _warnings(now)],
    }


def _warnings(now: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    """(code, parameters): the console has the words in both languages."""
    yield from _stream_warnings(now)
    yield from _sensor_warnings(now)
    if now.disk_free < min(now.disk_total * LOW_DISK_SHARE, LOW_DISK_BYTES):
        yield "disk_low", {"free_bytes": now.disk_free}
    if now.ledger.get("damaged"):
        yield "ledger_damaged", {"count": now.ledger["damaged"]}
    if now.rules.get("faults"):
        yield "rules_faulty", {"count": now.rules["faults"]}
    if now.workers.get("failed"):
        yield "worker_failed", {"fault": now.workers["last_fault"]}
    if now.workers and not now.workers.get("isolated"):
        yield "workers_not_isolated", {}
    yield from _file_warnings(now.files)
    yield from _evidence_warnings(now.evidence)
    yield from _certificate_warnings(now)
    if now.retention_days < LAWFUL_DAYS:
        yield "retention_short", {"days": now.retention_days, "least": LAWFUL_DAYS}
    if now.mixed_roles:
        yield "roles_mixed", {"accounts": ", ".join(now.mixed_roles)}


def _certificate_warnings(now: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    if now.renewal_fault:
        yield "renewal_failed", {"fault": now.renewal_fault}
    for name, days in now.certificates.items():
        if days < CERTIFICATE_DAYS:
            yield "certificate_ends", {"name": name, "days": days}


def _file_warnings(files: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if files.get("fault"):
        yield "files_wait", {"fault": files["fault"]}
    if files.get("faulty"):
        yield "yara_files_faulty", {"count": files["faulty"]}
    if files.get("quarantined"):
        yield "yara_rules_quarantined", {"count": files["quarantined"]}


def _evidence_warnings(evidence: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if evidence.get("sacrificed"):
        yield "evidence_full", {"count": evidence["sacrificed"]}
    if evidence.get("stalled_s", 0) > STALLED_S:
        yield "evidence_stalled", {"seconds": evidence["stalled_s"], "fault": evidence["fault"] or "-"}


def _stream_warnings(now: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    if now.pipeline.get("state") == "full":
        yield "store_full", {"fault": now.pipeline["fault"]}
    elif now.pipeline.get("state") == "failed":
        yield "pipeline_failed", {"fault": now.pipeline["fault"]}
    if now.inbox.get("obstacle"):
        yield "inbox_waits", {"reason": now.inbox["obstacle"]}
    if now.inbox.get("damaged"):
        yield "inbox_damaged", {"count": now.inbox["damaged"]}
    if now.quarantined:
        yield "batches_quarantined", {"count": now.quarantined}


def _sensor_warnings(now: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    if now.refusals:
        yield "sensors_refused", {"count": now.refusals}
    for state in now.sensors:
        silent_s = (now.now_ns - int(state["last"])) // SECOND
        if not state["connected"] or silent_s > SILENT_S:
            yield "sensor_silent", {"sensor": state["sensor"], "seconds": silent_s}
        if state["missing"]:
            yield "events_missing", {"sensor": state["sensor"], "count": state["missing"]}


def _process(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """As the supervisor writes it (run/processes.json; `since` in seconds)."""
    return {
        "name": name,
        "state": state.get("state", ""),
        "pid": state.get("pid") or None,
        "since_ns": str(int(float(state.get("since", 0)) * SECOND)),
        "restarts": state.get("restarts", 0),
    }


def _sensor(state: Mapping[str, Any]) -> dict[str, Any]:
    packet = int(state["packet"])
    return {
        "sensor": state["sensor"],
        "state": "connected" if state["connected"] else "away",
        "address": state["address"],
        "last_seen_ns": str(state["last"]),
        "epoch": state["epoch"],
        "batches": state["batches"],
        "events": state["events"],
        "missing": state["missing"],
        # Of live traffic only: packets of a file are as old as they are.
        "lag_ms": max(0, (int(state["last"]) - packet) // MILLISECOND) if packet else None,
    }


def _store(partitions: Sequence[Partition]) -> dict[str, Any]:
    days = sorted({it.day for it in partitions})
    return {
        "documents": sum(it.documents for it in partitions),
        "bytes": sum(it.bytes for it in partitions),
        "partitions": len(partitions),
        "oldest_day": days[0] if days else None,
        "newest_day": days[-1] if days else None,
    }
