"""Listens for some seconds as the sensor would, and has it judged."""

import json
import time
from collections.abc import Iterator

from sensor._native import Decoder, Taps
from sensor.capture.nic import Nic, read_nics
from sensor.doctor.checks import Finding, Seen, judge
from sensor.doctor.driver import look
from sensor.settings import MIB

SECONDS = 5.0
PAUSE_SECONDS = 0.01
DUPLICATE_NS = 10_000_000


def examine(interface: str, seconds: float = SECONDS) -> list[Finding]:
    """Raises CaptureError when it cannot be listened on."""
    taps = Taps([interface], ring_bytes=64 * MIB, duplicate_ns=DUPLICATE_NS)
    driver, before = look(interface), read_nics().get(interface, Nic())
    taps.start()
    lines = list(listen(taps, seconds))
    flows = tuple(event for event in map(json.loads, lines) if event["event"]["dataset"] == "starwatch.flow")
    counts = taps.counters()[0][2]
    after = read_nics().get(interface, Nic())
    return list(judge(Seen(interface, seconds, driver, before, after, counts, flows)))


def listen(taps: Taps, seconds: float) -> Iterator[bytes]:
    """Event lines of what arrived."""
    decoder = Decoder(sensor="doctor", epoch="examination")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        frames = taps.read()
        if frames is None:
            time.sleep(PAUSE_SECONDS)
        else:
            yield from decoder.decode(frames).ndjson.splitlines()
    taps.stop()
    while (frames := taps.read()) is not None:
        yield from decoder.decode(frames).ndjson.splitlines()
    yield from decoder.finish().ndjson.splitlines()
