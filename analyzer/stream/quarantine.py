"""Batches the analyzer cannot digest: laid aside whole, replaced by an anomaly event, never met again."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analyzer.stream.base import Batch

KIND = "batch_undecodable"
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Replacement:
    """What goes down the road in a bad batch's place."""

    position: int
    meta: Mapping[str, Any]
    ndjson: bytes
    fault: str = ""


class Quarantine:
    """One folder, two files a batch: `<position>.json` (why, meta) and `<position>.ndjson` (what could be read of it).

    record: told once of each batch laid aside (for the audit trail). clock: ns since 1970.
    """

    def __init__(self, folder: Path, record: Callable[[int, str], None], clock: Callable[[], int]) -> None:
        self._folder = folder
        self._record = record
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held = {int(path.stem): path for path in folder.glob("*.json")}

    @property
    def count(self) -> int:
        return len(self._held)

    def replace(self, batch: Batch) -> Batch:
        """The batch itself, or its anomaly event when it was laid aside before."""
        path = self._held.get(batch.position)
        if path is None:
            return batch
        return Replacement(batch.position, batch.meta, json.loads(path.read_text("utf-8"))["event"].encode())

    def lay_aside(self, batch: Batch, fault: BaseException) -> None:
        """Durable when this returns; the next reading of the position gives the anomaly event."""
        reason = f"{type(fault).__name__}: {fault}"[:MAX_REASON]
        event = json.dumps(self._event(batch, reason), ensure_ascii=False) + "\n"
        _write(self._folder / f"{batch.position}.ndjson", batch.ndjson)
        path = self._folder / f"{batch.position}.json"
        about = {"position": batch.position, "meta": dict(batch.meta), "reason": reason, "event": event}
        self._record(batch.position, reason)
        _write(path, json.dumps(about, ensure_ascii=False).encode())
        self._held[batch.position] = path

    def _event(self, batch: Batch, reason: str) -> dict[str, Any]:
        now_ns = self._clock()
        sensor = str(batch.meta.get("sensor", ""))
        moment = datetime.fromtimestamp(now_ns / 1e9, tz=UTC)
        return {
            "@timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "event": {
                "id": f"{sensor}-inbox-{batch.position}",
                "kind": "event",
                "category": ["network"],
                "type": ["error"],
                "dataset": "starwatch.anomaly",
            },
            "starwatch": {"time_ns": now_ns},
            "observer": {"id": sensor},
            "platform": {"id": ["unassigned"]},
            "anomaly": {"kind": KIND, "layer": "inbox", "count": 1, "detail": reason},
        }


def _write(path: Path, content: bytes) -> None:
    """Whole and durable, or not there at all."""
    beside = path.with_suffix(path.suffix + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
