"""Slices against an independent judge, tshark, and against the capture's own packets."""

import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from sensor._native import CaptureFile, Wanted, capture_digest
from sensor.capture.ring import PacketRing
from sensor.capture.slice import Slicer
from tests.corpus import corpus
from tests.sensor.packets import capture_of

LARGE = 1 << 30


def cut(slicer: Slicer, epoch: str, **wanted: object) -> "Sequence[bytes]":
    asked = Wanted(epoch=epoch, max_bytes=LARGE, seconds=60, **wanted)  # type: ignore[arg-type]
    found = slicer.cut(epoch, asked)
    assert found.complete, found.reason
    return packets(found.pcap)


def packets(pcap: bytes) -> list[bytes]:
    """Each record's bytes, without its header."""
    found, at = [], 24
    while at < len(pcap):
        size = int.from_bytes(pcap[at + 8 : at + 12], "little")
        found.append(pcap[at + 16 : at + 16 + size])
        at += 16 + size
    return found


def ringed(folder: Path, capture: Path) -> None:
    ring = PacketRing(folder, epoch="live", max_bytes=LARGE)
    file = CaptureFile(str(capture))
    while (frames := file.read(1000)) is not None:
        ring.keep(frames)
    ring.close()


def done(captures: Path, capture: Path) -> str:
    (captures / "done").mkdir(parents=True)
    return capture_digest(str(shutil.copy(capture, captures / "done")))


def test_a_file_epoch_is_cut_from_the_file_wherever_it_lies_by_now(tmp_path: Path) -> None:
    capture = capture_of(tmp_path / "some.pcap", range(0, 500_000, 1000))
    epoch = done(tmp_path / "captures", capture)
    slicer = Slicer(tmp_path / "ring", tmp_path / "captures")
    assert len(cut(slicer, epoch)) == 500
    (tmp_path / "captures" / "new").mkdir()
    (tmp_path / "captures" / "done" / "some.pcap").rename(tmp_path / "captures" / "new" / "again.pcap")
    assert len(cut(slicer, epoch, first_ns=100_000, last_ns=200_000)) == 101


def test_what_is_kept_nowhere_is_said_to_be_absent(tmp_path: Path) -> None:
    slicer = Slicer(tmp_path / "ring", tmp_path / "captures")
    for epoch in ("0123456789abcdef-01234567", "a" * 64):
        found = slicer.cut(epoch, Wanted(epoch=epoch, max_bytes=1000, seconds=1))
        assert (found.count, found.complete, found.reason, len(found.pcap)) == (0, False, "absent", 24)


def test_hashing_many_files_is_spread_over_several_questions(tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    for number in range(5):
        capture_of(tmp_path / "done" / f"{number}.pcap", range(0, 1000 * (number + 1), 1000))
    wanted = capture_digest(str(tmp_path / "done" / "0.pcap"))
    times = iter(range(0, 10_000, 15))
    slicer = Slicer(tmp_path / "ring", tmp_path, clock=lambda: float(next(times)))
    asked = Wanted(epoch=wanted, max_bytes=LARGE, seconds=1)
    reasons = [slicer.cut(wanted, asked).reason for _ in range(5)]
    assert reasons[0] == "time"
    assert reasons[-1] == ""


def tshark(capture: Path, *arguments: str) -> list[str]:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    command = ["tshark", "-n", "-r", str(capture), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def sample() -> list[Path]:
    """Captures of the corpus with conversations, small ones, the same at every run."""
    found = sorted(path for path in corpus().rglob("*.pcap") if 2_000 < path.stat().st_size < 100_000)
    return random.Random(11).sample(found, 4)


def conversations(capture: Path) -> list[tuple[str, str, int, int, int]]:
    fields = ("ip.src", "ip.dst", "tcp.srcport", "udp.srcport", "tcp.dstport", "udp.dstport", "ip.proto")
    names = [part for field in fields for part in ("-e", field)]
    # One IP header a packet: which of several a filter means differs between tools.
    rows = (row.split("\t") for row in tshark(capture, "-T", "fields", *names))
    found = {
        (source, destination, int(sport or uport), int(dport or other), int(protocol))
        for source, destination, sport, uport, dport, other, protocol in rows
        if protocol in ("6", "17") and (sport or uport) and "," not in source + sport + uport
    }
    return sorted(found)


def test_flows_of_corpus_captures_are_what_tshark_filters(tmp_path: Path) -> None:
    compared = 0
    for number, capture in enumerate(sample()):
        flows = conversations(capture)
        if not flows:
            continue
        folder = tmp_path / str(number)
        ringed(folder / "ring", capture)
        slicer = Slicer(folder / "ring", folder / "captures")
        for flow in random.Random(5).sample(flows, min(2, len(flows))):
            source, destination, sport, dport, protocol = flow
            layer = {6: "tcp", 17: "udp"}[protocol]
            rule = (
                f"ip.addr=={source} && ip.addr=={destination} && {layer}.port=={sport} && {layer}.port=={dport}"
                f" && ip.frag_offset==0 && !icmp"
            )
            one_way = f"{rule} && ip.src=={source} && {layer}.srcport=={sport}"
            for sides, expression in (("both", rule), ("source", one_way)):
                expected = len(tshark(capture, "-Y", expression))
                mine = cut(slicer, "live", flows=[flow], sides=sides)
                assert len(mine) == expected, (capture, flow, sides)
            compared += 1
    assert compared >= 4
