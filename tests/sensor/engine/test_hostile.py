"""No capture, whole or damaged, brings the core down, makes it hang or makes it miscount."""

import json
import random
import time
from pathlib import Path

import pytest

from sensor._native import anomaly_kinds
from sensor.errors import CaptureError
from sensor.events.catalogue import load_anomalies
from tests.sensor.engine.captures import captures, decode, decoder, some

HANG_SECONDS = 1.0
"""CPU seconds nothing in the corpus may take: the largest capture needs a twentieth."""


def checked(path: Path) -> set[str]:
    """Decode; every packet is accounted for, nothing is left over. The anomaly kinds seen."""
    core = decoder()
    started = time.process_time()
    lines = b"".join(decode(path, core)).splitlines()
    assert time.process_time() - started < HANG_SECONDS, path
    counters = core.counters()
    assert counters["packets"] == counters["analysed"] + counters["not_ip"] + counters["malformed"], path
    assert (counters["open_flows"], counters["buffered_bytes"]) == (0, 0), path
    assert counters["events"] == len(lines), path
    events = [json.loads(line) for line in lines]
    assert counters["flows"] == sum(event["event"]["dataset"] == "starwatch.flow" for event in events), path
    return {event["anomaly"]["kind"] for event in events if "anomaly" in event}


def test_a_tenth_of_the_corpus_is_decoded_and_accounted_for() -> None:
    for path in some(10):
        checked(path)


@pytest.mark.slice
def test_the_whole_corpus_is_decoded_and_accounted_for() -> None:
    assert len(captures()) > 1_600
    seen = {kind for path in captures() for kind in checked(path)}
    assert {"tcp_gap", "ip_truncated", "fragment_timeout", "link_unknown", "capture_truncated"} <= seen


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, perhaps a piece cut out or doubled."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    start, length = chance.randrange(len(damaged)), chance.randrange(100)
    piece = damaged[start : start + length]
    damaged[start : start + length] = chance.choice([b"", piece, piece * 2])
    return bytes(damaged)


def survive(paths: tuple[Path, ...], tmp_path: Path, rounds: int) -> int:
    """Decode damaged copies; how many were still captures."""
    chance, decoded = random.Random(1), 0
    for source in paths:
        content = source.read_bytes()[: 1 << 20]
        for _ in range(rounds):
            path = tmp_path / "damaged"
            path.write_bytes(mutated(content, chance))
            try:
                checked(path)
            except CaptureError:
                continue
            decoded += 1
    return decoded


def test_damaged_captures_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    assert survive(some(40), tmp_path, 2) > 40


@pytest.mark.slice
def test_every_capture_damaged_five_times(tmp_path: Path) -> None:
    assert survive(captures(), tmp_path, 5) > 6_000


def test_the_core_names_exactly_the_anomalies_of_the_catalogue() -> None:
    assert sorted(anomaly_kinds()) == sorted(
        (kind.name, kind.layer) for kind in load_anomalies() if kind.origin == "sensor"
    )
