"""`starwatch packets get` on a sensor's own machine; the way through the analyzer: tests/flow/test_evidence.py."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analyzer.errors import InvalidError
from console.cli import app
from console.evidence.commands import parse_flow
from sensor._native import CaptureFile
from sensor.capture.ring import PacketRing
from tests.sensor.packets import capture_of


def get(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(data), "packets", "get", *arguments])


def test_packets_come_out_of_the_ring(tmp_path: Path) -> None:
    ring = PacketRing(tmp_path / "sensor" / "ring", epoch="e", max_bytes=1 << 30)
    file = CaptureFile(str(capture_of(tmp_path / "some.pcap", range(0, 50_000, 1000))))
    while (frames := file.read(100)) is not None:
        ring.keep(frames)
    ring.close()
    out = tmp_path / "out.pcap"
    all_of_it = get(tmp_path, "-o", str(out))
    assert (all_of_it.exit_code, "50 packets" in all_of_it.output) == (0, True), all_of_it.output
    some = get(tmp_path, "-o", str(out), "--from", "10000", "--to", "20000")
    assert "11 packets, complete" in some.output
    none = get(tmp_path, "-o", str(out), "--host", "192.0.2.77")
    assert (none.exit_code, "0 packets" in none.output) == (1, True)
    assert len(out.read_bytes()) == 24


def test_without_a_ring_it_is_said(tmp_path: Path) -> None:
    answer = get(tmp_path, "-o", str(tmp_path / "out.pcap"))
    assert (answer.exit_code, "absent" in answer.output) == (1, True)


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("tcp:10.0.0.1:4000,10.0.0.2:80", ("10.0.0.1", "10.0.0.2", 4000, 80, 6)),
        ("udp:[2001:db8::1]:53,[2001:db8::2]", ("2001:db8::1", "2001:db8::2", 53, 0, 17)),
        ("any:10.0.0.1,10.0.0.2", ("10.0.0.1", "10.0.0.2", 0, 0, 0)),
    ],
)
def test_a_flow_as_people_write_it(text: str, flow: tuple[str, str, int, int, int]) -> None:
    assert parse_flow(text) == flow


@pytest.mark.parametrize(
    "text",
    ["", "tcp:10.0.0.1", "xyz:10.0.0.1,10.0.0.2", "tcp:host,10.0.0.2", "tcp:10.0.0.1:99999,10.0.0.2:1"],
)
def test_what_is_no_flow_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_flow(text)
