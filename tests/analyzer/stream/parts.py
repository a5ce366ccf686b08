"""The stages around the pipeline in memory: they keep their contracts, and can be told to fail or to forget."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.records import Condition, Detection, Findings, Rule, Stamps

HOUR = 3_600_000_000_000
NOON = 1_700_000_000 * 1_000_000_000


@dataclass(frozen=True)
class MemoryBatch:
    position: int
    meta: Mapping[str, Any]
    ndjson: bytes
    fault: str = ""


@dataclass
class MemorySource:
    """Hands out at most `step` batches a reading. trimmed: below which it has forgotten."""

    batches: list[MemoryBatch] = field(default_factory=list)
    wake: threading.Event = field(default_factory=threading.Event)
    step: int = 3
    trimmed: int = 0

    def read(self, position: int) -> Sequence[MemoryBatch]:
        assert position >= self.trimmed, "what was trimmed is asked for again"
        return [batch for batch in self.batches if batch.position >= position][: self.step]

    def trim(self, position: int) -> None:
        self.trimmed = max(self.trimmed, position)

    def add(self, *events: Mapping[str, Any], fault: str = "") -> None:
        lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        meta = {"sensor": "s1", "packet": 5, "parsed": 6}
        self.batches.append(MemoryBatch(len(self.batches), meta, lines, fault))
        self.wake.set()


@dataclass
class MemoryDisk:
    """What an EventIndex keeps: documents by kind with the position that brought them."""

    documents: dict[str, list[tuple[int, bytes]]] = field(
        default_factory=lambda: {"events": [], "alerts": []}
    )
    committed: int = -1

    def ids(self, kind: str) -> list[str]:
        return [json.loads(line)["event"]["id"] for _, line in self.documents[kind]]


class MemoryStore:
    """A writer over a MemoryDisk; what is not committed is gone when it is closed. fail: called before every act."""

    def __init__(
        self, disk: MemoryDisk, fail: Callable[[str, int], None] = lambda act, position: None
    ) -> None:
        self._disk = disk
        self._fail = fail
        self._pending: list[tuple[str, int, bytes]] = []
        self._highest = disk.committed

    def append(self, kind: str, ndjson: bytes, position: int) -> int:
        self._fail(f"append {kind}", position)
        if position <= self._disk.committed:
            return 0
        lines = ndjson.splitlines()
        self._pending += [(kind, position, line) for line in lines]
        self._highest = max(self._highest, position)
        return len(lines)

    def commit(self) -> None:
        self._fail("commit", self._highest)
        for kind, position, line in self._pending:
            self._disk.documents[kind].append((position, line))
        self._pending.clear()
        self._disk.committed = self._highest

    def committed(self) -> int:
        return self._disk.committed

    def close(self) -> None:
        self._pending.clear()


def rule(identity: str = "r1", level: str = "high", **values: Any) -> Rule:
    shape: dict[str, Any] = {
        "id": identity,
        "path": "sigma/r1.yml",
        "version": "0123456789abcdef",
        "title": "Odd name",
        "title_zh": "异常域名",
        "description": "",
        "description_zh": "",
        "level": level,
        "status": "test",
        "techniques": ("T1071.004",),
        "tactics": ("TA0011",),
        "references": (),
        "falsepositives": (),
        "misses": "",
        "misses_zh": "",
        "group_by": (),
        "text": "title: Odd name",
    }
    return Rule(**{**shape, **values})


def event(number: int, victim: str = "192.0.2.7", at_ns: int = NOON, **more: Any) -> dict[str, Any]:
    return {
        "event": {"id": f"s1-e-{number}", "category": ["network"]},
        "@timestamp": "2023-11-14T22:13:20.000000Z",
        "starwatch": {"time_ns": at_ns},
        "observer": {"id": "s1"},
        "platform": {"id": ["cloud"]},
        "source": {"ip": "198.51.100.9", "port": 40_000},
        "destination": {"ip": victim, "port": 53},
        "network": {"community_id": "1:abc"},
        "related": {"ip": ["198.51.100.9", victim]},
        **more,
    }


def judge(batch: Any) -> Findings:
    """Every event whose `odd` is set is a detection of one rule."""
    found = []
    for line in batch.ndjson.splitlines():
        document = json.loads(line)
        if document.get("odd"):
            condition = Condition("selection", "odd", "is", "true", "true")
            stamps = Stamps(packet=5, parsed=6, matched=7)
            found.append(Detection(rule(), document, [condition], stamps))
    return Findings(batch.position, found, "content-1")
