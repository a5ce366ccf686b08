"""One detector's failure is counted; the others and the stream go on."""

from collections.abc import Sequence
from typing import Any

from analyzer.detect.bench import Bench
from analyzer.records import Detection, Stamps
from analyzer.rulebook import load, shipped
from tests.analyzer.stream.parts import MemoryBatch, event, rule


class Says:
    name = "says"

    def detect(self, ndjson: bytes, stamps: Stamps) -> Sequence[Detection]:
        return [Detection(rule(), event(1), [], stamps)]


class Fails:
    name = "fails"

    def detect(self, ndjson: bytes, stamps: Stamps) -> Sequence[Detection]:
        raise ZeroDivisionError("a defect")


BATCH = MemoryBatch(4, {"packet": 5, "parsed": 6}, b"{}\n")


def test_a_failing_detector_is_counted() -> None:
    bench = Bench(load(shipped()), lambda _: [Fails(), Says(), Fails()])
    found = bench(BATCH)
    assert (found.position, len(found.detections)) == (4, 1)
    assert (found.detections[0].stamps.packet, found.detections[0].stamps.parsed) == (5, 6)
    assert bench.faults == {"fails": 2}


def test_rules_and_detectors_change_together() -> None:
    first = load(shipped())
    made: list[Any] = []
    bench = Bench(first, lambda rulebook: [*made])
    assert bench(BATCH).content_version == first.content_version
    made.append(Says())
    bench.seat(first)
    assert len(bench(BATCH).detections) == 1
    assert bench.rulebook is first


def test_the_shipped_rules_run() -> None:
    assert Bench(load(shipped()))(BATCH).detections == []
