"""Files to event lines, as `starwatch sensor read` prints them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sensor._native import capture_digest
from sensor.decode import decode_files
from sensor.errors import CaptureError
from sensor.settings import SensorSettings
from tests.corpus import corpus

SETTINGS = SensorSettings(data=Path("var"), id="reader", threads=1, platforms={"192.168.1.0/24": "park"})


def capture(name: str = "combined.pcap.gz") -> Path:
    return corpus("pcap", "community-id-spec", "pcap", "pcaps", name)


def lines(*paths: Path, settings: SensorSettings = SETTINGS) -> list[bytes]:
    return b"".join(decode_files(paths, settings)).splitlines()


def test_every_line_is_an_event_with_its_number() -> None:
    path = capture()
    events = [json.loads(line) for line in lines(path)]
    assert len(events) > 10
    epoch = capture_digest(str(path))
    assert [event["event"]["id"] for event in events] == [f"reader-{epoch}-{at}" for at in range(len(events))]


def test_several_files_are_several_epochs() -> None:
    one, other = capture("tcp.pcap"), capture("udp.pcap")
    assert lines(one, other) == lines(one) + lines(other)


def test_platforms_are_those_of_the_settings() -> None:
    events = [json.loads(line) for line in lines(capture("udp.pcap"))]
    named = {platform for event in events for platform in event["platform"]["id"]}
    assert named == {"park"}


def test_threads_change_nothing() -> None:
    assert lines(capture(), settings=replace(SETTINGS, threads=3)) == lines(capture())


def test_counters_come_with_the_file() -> None:
    found: dict[str, dict[str, int]] = {}
    path = capture("arp.pcap")
    parts = list(decode_files([path], SETTINGS, lambda file, counters: found.update({file.name: counters})))
    assert b"".join(parts) == b""
    counters = found["arp.pcap"]
    assert counters["packets"] == counters["not_ip"] > 0
    assert counters["events"] == counters["flows"] == 0


def test_a_file_that_is_no_capture_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CaptureError):
        list(decode_files([path], SETTINGS))
