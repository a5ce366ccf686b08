from itertools import pairwise
from pathlib import Path

import pytest

from sensor._native import CaptureFile
from sensor.capture.replay import SECOND_NS, Pace, Replay
from sensor.errors import CaptureError
from tests.sensor.packets import capture_of

START = 1_800_000_000 * SECOND_NS
GAP = SECOND_NS // 10


class Clock:
    """ns since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ten packets, 100 ms apart."""
    return capture_of(tmp_path / "ten.pcap", [index * GAP for index in range(10)])


def played(replay: Replay, clock: Clock, step: int, steps: int) -> list[tuple[int, int, int]]:
    """(packets, first, last) of each step; times relative to the start."""
    out = []
    for _ in range(steps):
        frames = replay.due()
        out.append(
            (0, 0, 0) if frames is None else (len(frames), frames.first_ns - START, frames.last_ns - START)
        )
        clock.now += step
    return out


def test_packets_come_when_they_are_due_and_happen_now(path: Path) -> None:
    clock = Clock()
    replay = Replay([path], Pace(), clock=clock)
    steps = played(replay, clock, GAP * 3, 5)
    assert steps == [(1, 0, 0), (3, GAP, 3 * GAP), (3, 4 * GAP, 6 * GAP), (3, 7 * GAP, 9 * GAP), (0, 0, 0)]
    assert replay.finished


def test_twice_the_speed_takes_half_the_time(path: Path) -> None:
    clock = Clock()
    steps = played(Replay([path], Pace(speed=2.0), clock=clock), clock, GAP, 6)
    assert [count for count, _, _ in steps] == [1, 2, 2, 2, 2, 1]
    assert [last for _, _, last in steps] == [0, GAP, 2 * GAP, 3 * GAP, 4 * GAP, int(4.5 * GAP)]


def test_a_rate_does_not_look_at_the_recorded_times(path: Path) -> None:
    clock = Clock()
    steps = played(Replay([path], Pace(rate=40.0), clock=clock), clock, GAP, 4)
    assert [count for count, _, _ in steps] == [0, 4, 4, 2]
    assert [last for count, _, last in steps if count] == [GAP, 2 * GAP, 3 * GAP]


def test_loops_go_on_with_new_times(path: Path) -> None:
    clock = Clock()
    steps = played(Replay([path], Pace(loops=3), clock=clock), clock, GAP, 40)
    assert sum(count for count, _, _ in steps) == 30
    lasts = [last for count, _, last in steps if count]
    assert all(before < after for before, after in pairwise(lasts))


def test_for_ever_does_not_end(path: Path) -> None:
    clock = Clock()
    replay = Replay([path], Pace(rate=1000.0, loops=0), clock=clock)
    assert sum(count for count, _, _ in played(replay, clock, SECOND_NS, 50)) > 300
    assert not replay.finished


def test_what_is_no_capture_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no capture at all")
    with pytest.raises(CaptureError):
        Replay([tmp_path / "x"], Pace())


def test_the_helper_makes_captures(path: Path) -> None:
    frames = CaptureFile(str(path)).read(100)
    assert frames is not None
    assert (len(frames), frames.last_ns - frames.first_ns) == (10, 9 * GAP)
