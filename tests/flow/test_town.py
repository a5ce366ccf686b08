"""A town's day, from capture to detections: every shipped rule speaks when attacked, none on a quiet day."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from sensor.events.catalogue import load_anomalies
from tests.corpus import ROOT
from tests.running import command, traffic


def shipped() -> set[str]:
    """Ids of the rules on traffic; those on what the analyzer itself meets (a scanner killed) have no packets."""
    own = {kind.name for kind in load_anomalies() if kind.origin == "analyzer"}
    paths = [path for path in (ROOT / "rules" / "sigma").rglob("*.yml") if path.name != "logsources.yml"]
    texts = [path.read_text("utf-8") for path in paths]
    return {yaml.safe_load(text)["id"] for text in texts if not any(kind in text for kind in own)}


def detected(capture: Path, data: Path) -> list[dict[str, object]]:
    done = subprocess.run(
        command(data, "--json", "analyze", str(capture)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_shipped_rule_fires_on_the_attacks(tmp_path: Path) -> None:
    found = detected(traffic(tmp_path / "town.pcap", "all", town=True), tmp_path)
    assert {str(detection["rule"]["id"]) for detection in found} == shipped()  # type: ignore[index]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_day_is_quiet(tmp_path: Path, seed: int) -> None:
    assert not detected(traffic(tmp_path / "town.pcap", "none", town=True, seconds=20, seed=seed), tmp_path)
