"""Packet → alert drawn in a browser: the whole appliance, a paced replay, a real Chromium; the alerts' own stamps."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.browser.browser import browser, choose_password, page, sign_in
from tests.running import ADMINISTRATOR_PASSWORD, appliance, traffic

SECONDS = 30
ALERTS = 20 * SECONDS
GOAL_P99_MS = 500
WAIT_SECONDS = SECONDS + 60


def figures(_: Path) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        capture = traffic(Path(folder) / "burst.pcap", "burst", seconds=SECONDS)
        latency = watched(Path(folder) / "data", capture)
    name = f"packet → browser, {latency['count']} alerts at {ALERTS // SECONDS}/s"
    yield Figure("latency", f"{name}, p50", latency["p50_ms"], "ms")
    yield Figure(
        "latency",
        f"{name}, p99",
        latency["p99_ms"],
        "ms",
        "",
        f"≤ {GOAL_P99_MS} ms",
        latency["p99_ms"] <= GOAL_P99_MS,
    )


def watched(data: Path, capture: Path) -> dict[str, float]:
    """Replay while a signed-in browser shows the queue; the status document's latency afterwards."""
    with appliance(data) as running, browser() as started:
        tab = page(started)
        sign_in(tab, running.url, running.account, running.password)
        choose_password(tab, running.password, ADMINISTRATOR_PASSWORD)
        tab.get_by_test_id("live-state").wait_for()
        running.play(capture)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            tab.wait_for_timeout(1000)
            status = tab.request.get(f"{running.url}/api/v1/status").json()
            latency: dict[str, float] = status["latency"]
            if latency["count"] >= ALERTS or time.monotonic() > deadline:
                return latency
