"""Live capture over a veth pair: the highest rate without a loss, beside a bare TPACKET_V3 counter."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sensor._native import LogReader
from tests.bench.figures import Figure
from tests.bench.sensor import throughput_capture
from tests.corpus import ROOT
from tests.sensor.capture import veth
from tests.sensor.capture.veth import SENDER, TAP, Namespace

GOAL_PART = 0.75
SECONDS = 4
LOWEST, HIGHEST, STEPS = 20_000, 800_000, 6
"""Packets a second between which the rate is sought, and how often the interval is halved."""
HERE = Path(__file__).with_name("live_traffic.py")


def figures(folder: Path) -> Iterator[Figure]:
    capture = throughput_capture(folder)
    for net in veth.namespace():
        limit, best = highest(net, capture, bare), highest(net, capture, sensor)
        yield Figure(
            "live",
            "packets without a loss, every log",
            best,
            "packets/s",
            f"{limit:,.0f} (bare TPACKET_V3 counter)",
            f"≥ {GOAL_PART:.0%} of the limit",
            best >= GOAL_PART * limit,
        )


@dataclass(slots=True)
class Sent:
    """What the sender did."""

    packets: int = 0
    seconds: float = 1.0

    def at(self, net: Namespace, capture: Path, rate: int) -> None:
        done = traffic(net, "send", SENDER, str(capture), str(rate), str(SECONDS))
        self.packets, self.seconds = int(done["packets"]), done["seconds"]


Receiver = Callable[[Namespace, Callable[[], None]], int]
"""Runs the sender beside itself; packets it saw and did not lose."""


def highest(net: Namespace, capture: Path, receiver: Receiver) -> float:
    """By halving; the rate counts that the sender really reached."""
    low, high, reached = LOWEST, HIGHEST, 0.0
    for _ in range(STEPS):
        rate = (low + high) // 2
        sent = Sent()
        if receiver(net, partial(sent.at, net, capture, rate)) >= sent.packets:
            low, reached = rate, max(reached, sent.packets / sent.seconds)
        else:
            high = rate
    return reached


def traffic(net: Namespace, *words: str) -> dict[str, float]:
    done = subprocess.run(
        net.command(sys.executable, str(HERE), *words), check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextmanager
def running(net: Namespace, *words: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        net.command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    if '"ready"' not in child.stdout.readline():
        raise RuntimeError(f"{' '.join(words)} did not get ready")
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def bare(net: Namespace, send: Callable[[], None]) -> int:
    with running(net, sys.executable, str(HERE), "count", TAP) as child:
        send()
        child.send_signal(signal.SIGTERM)
        output, _ = child.communicate()
    found: int = json.loads(output)["packets"]
    return found


def sensor(net: Namespace, send: Callable[[], None]) -> int:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        words = ("-m", "console.cli", "--data", folder, "sensor", "run", "-i", TAP)
        Path(folder, "settings.toml").write_text("[sensor]\nring_mib = 256\n")
        with running(net, sys.executable, *words) as child:
            send()
            child.send_signal(signal.SIGTERM)
            child.wait(120)
        return sum(kept(entry) for entry in entries(Path(folder)))


def entries(data: Path) -> Iterator[dict[str, dict[str, int]]]:
    for record in LogReader(str(data / "sensor" / "outbox")).read(0, 1 << 40):
        for line in record.payload().splitlines():
            if b'"starwatch.capture"' in line:
                yield json.loads(line)["capture"]


def kept(entry: dict[str, dict[str, int]]) -> int:
    """What was shed in any way is a loss here; duplicates, of which the capture has some, are not."""
    packets = entry["packets"]
    return packets["wire"] - packets["dropped"] - packets["shed"] - packets["cut"]
