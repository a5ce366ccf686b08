"""The analyzer as a process: killed at random moments it loses and doubles nothing (TRUST.md D.3-1)."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.analyzer.lives import Town, moments

SOAK = int(os.environ.get("STARWATCH_KILLS", "1000"))


def killed(folder: Path, count: int, seed: int, longest: float = 1.0) -> None:
    town = Town(folder / "town")
    for seconds in moments(count, seed, longest):
        asyncio.run(town.live(seconds))
    asyncio.run(town.live(None, feed=False))
    sent = [f"sensor-1-e-{number}" for number in range(town.events)]
    assert sorted(town.stored("events")) == sorted(sent)
    wanted = town.expected(folder / "expected")
    assert wanted["groups"], "the replay made no alert: the test would show nothing"
    assert town.alerts() == wanted
    assert sorted(town.stored("alerts")) == [it[0] for it in wanted["alerts"]]


def test_d3_1_killed_at_random_moments(tmp_path: Path) -> None:
    killed(tmp_path, 5, seed=1)


@pytest.mark.slice
@pytest.mark.timeout(600)
def test_d3_1_killed_at_fifty_moments(tmp_path: Path) -> None:
    killed(tmp_path, 50, seed=50, longest=0.5)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_d3_1_killed_at_many_moments(tmp_path: Path) -> None:
    killed(tmp_path, SOAK, seed=1_000)
