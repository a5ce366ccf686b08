"""The capture process on an interface: exact counts, changes of the interface, settings, kill -9."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sensor._native import LogReader
from sensor.outbox import BatchMeta
from tests.corpus import ROOT
from tests.sensor.capture import veth
from tests.sensor.capture.veth import TAP, Namespace, send, udp

PARTS = ("analysed", "not_ip", "malformed", "filtered", "dropped", "duplicate", "shed")


@pytest.fixture
def net() -> Iterator[Namespace]:
    yield from veth.namespace()


@contextmanager
def capturing(net: Namespace, data: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """`starwatch sensor run` inside; its log is data/log."""
    data.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "console.cli", "--data", str(data), "sensor", "run", "-i", TAP, *options]
    with (data / "log").open("ab") as log:
        child = subprocess.Popen(net.command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    assert child.stdout is not None
    try:
        assert json.loads(child.stdout.readline())["ready"] == "capture", (data / "log").read_text()
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 0


def stored(data: Path) -> list[tuple[BatchMeta, bytes]]:
    records = LogReader(str(data / "sensor" / "outbox")).read(0, 1 << 40)
    return [(BatchMeta.decode(record.meta), record.payload()) for record in records]


def events(data: Path, dataset: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for _, payload in stored(data) for line in payload.splitlines()]
    return [line for line in lines if line["event"]["dataset"] == f"starwatch.{dataset}"]


def wait_for(holds: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.02)


def test_every_packet_is_in_the_ledger_and_in_a_flow(net: Namespace, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with capturing(net, data) as child, net.sender() as sender:
        sent = send(sender, (udp(n, port=n % 40) for n in range(5000)))
        send(sender, [bytes(12) + b"\x08\x06" + bytes(46), bytes(12) + b"\x08\x00\x45"])
        time.sleep(0.3)
        stop(child)
    ledger = [event["capture"]["packets"] for event in events(data, "capture")]
    assert sum(entry["wire"] for entry in ledger) == sum(entry["nic"] for entry in ledger) == sent + 2
    assert all(entry["wire"] == sum(entry[part] for part in PARTS) for entry in ledger)
    assert [sum(entry[part] for entry in ledger) for part in PARTS] == [sent, 1, 1, 0, 0, 0, 0]
    flows = events(data, "flow")
    assert sum(flow["source"]["packets"] for flow in flows) == sent
    assert {flow["observer"]["ingress"]["interface"]["name"] for flow in flows} == {TAP}
    ids = [
        line["event"]["id"] for dataset in ("capture", "flow", "anomaly") for line in events(data, dataset)
    ]
    assert len(set(ids)) == len(ids)


def test_an_interface_that_goes_down_is_an_event(net: Namespace, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with capturing(net, data) as child:
        net.ip(f"link set {TAP} down")
        wait_for(lambda: [e for e in events(data, "capture") if e["capture"]["state"] == "down"])
        net.ip(f"link set {TAP} up")
        wait_for(lambda: [e for e in events(data, "capture") if e["capture"]["gap_ns"] > 0])
        stop(child)
    changes = [event for event in events(data, "capture") if event["event"]["type"] == ["change"]]
    assert [event["capture"]["state"] for event in changes] == ["down", "up"]


def test_settings_are_read_again_without_losing_a_flow(net: Namespace, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    settings = data / "settings.toml"
    settings.write_text("[sensor]\nthreads = 1\n")
    with capturing(net, data) as child, net.sender() as sender:
        sender.send(udp(1))
        time.sleep(0.2)
        with settings.open("w") as file:  # in place: the sandbox knows the file, not its successor
            file.write('[sensor]\nthreads = 2\n[sensor.platforms]\n"10.0.0.1/32" = "gov-cloud"\n')
        child.send_signal(signal.SIGHUP)
        wait_for(lambda: "setting changed" in (data / "log").read_text())
        sender.send(udp(2))
        time.sleep(0.3)
        stop(child)
    (flow,) = events(data, "flow")
    assert flow["source"]["packets"] == 2
    assert "gov-cloud" in flow["platform"]["id"]
    assert "need a restart: threads" in (data / "log").read_text()


def test_a_missing_interface_is_said_with_what_to_do(net: Namespace, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "console.cli", "--data", str(tmp_path), "sensor", "run", "-i", "nowhere"]
    done = subprocess.run(net.command(*words), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "there is no interface nowhere" in done.stderr


def test_without_the_right_it_says_how_to_get_it(net: Namespace, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    words = [
        "setpriv",
        "--bounding-set",
        "-net_raw",
        "--inh-caps",
        "-net_raw",
        sys.executable,
        "-m",
        "console.cli",
    ]
    words += ["--data", str(tmp_path), "sensor", "run", "-i", TAP]
    done = subprocess.run(net.command(*words), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "CAP_NET_RAW" in done.stderr


def killed_at_random(net: Namespace, data: Path, kills: int) -> None:
    """What was in the outbox when the process was killed is there afterwards, in order; each start is a new epoch."""
    dice = random.Random(9)
    promised: list[tuple[BatchMeta, bytes]] = []
    for number in range(kills):
        with capturing(net, data) as child, net.sender() as sender:
            # Refused handshakes: flows that end at once, so that events are written all along.
            send(sender, (dns(number * 1000 + n) for n in range(200)), pause=0.0005)
            time.sleep(dice.uniform(0.0, 0.2))
            promised = stored(data)
            child.kill()
            child.wait()
        assert stored(data)[: len(promised)] == promised
    with capturing(net, data) as child:
        stop(child)
    found = stored(data)
    assert found[: len(promised)] == promised
    assert len({meta.epoch for meta, _ in found}) >= kills
    for _, payload in found:
        assert [json.loads(line)["event"]["id"] for line in payload.splitlines()]


def dns(number: int) -> bytes:
    """A query each, which is an event at once."""
    question = number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1"
    frame = bytearray(udp(number, port=number % 5000, payload=question))
    frame[36:38] = b"\x00\x35"
    return bytes(frame)


def test_kill_9_while_listening_loses_nothing_written(net: Namespace, tmp_path: Path) -> None:
    killed_at_random(net, tmp_path / "data", 3)


@pytest.mark.slice
def test_kill_9_at_many_moments_while_listening(net: Namespace, tmp_path: Path) -> None:
    killed_at_random(net, tmp_path / "data", 25)


@pytest.mark.skipif(
    subprocess.run(["which", "systemd-analyze"], capture_output=True, check=False).returncode != 0,
    reason="no systemd-analyze",
)
def test_the_units_are_understood_by_systemd(tmp_path: Path) -> None:
    for unit in sorted((ROOT / "deploy" / "units").glob("*.service")):
        # Verified with a program that exists: the path of the installation is another matter.
        copy = tmp_path / unit.name
        copy.write_text(
            unit.read_text()
            .replace("/usr/bin/starwatch", "/bin/true")
            .replace("User=starwatch", "User=root")
            .replace("Group=starwatch", "Group=root")
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.glob("*.service")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Unknown" not in done.stderr
