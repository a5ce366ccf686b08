"""Captures laid into play/ are played as live, one after the other, beside the replay of the command line."""

import shutil
import time
from pathlib import Path

from sensor.capture.folder import PLAY, DropFolder
from sensor.capture.player import Player
from sensor.capture.replay import Pace, Replay
from tests.sensor.packets import capture_of, names


def inlet(folder: Path, *captures: Path) -> DropFolder:
    """Files that have lain in play/ for a while."""
    made = DropFolder(folder, inlet=PLAY, clock=lambda: time.time() + 10)
    for capture in captures:
        shutil.copy(capture, folder / PLAY)
    made.next()
    return made


def played(player: Player, rounds: int) -> int:
    return sum(frames.packets for _ in range(rounds) for frames in player.due())


def at_once(path: Path) -> Replay:
    """Everything is due a moment after the start."""
    ticks = iter(range(0, 10**12, 10**9))
    return Replay([path], Pace(), clock=lambda: next(ticks))


def test_each_capture_is_played_once_and_put_away(tmp_path: Path) -> None:
    captures = [capture_of(tmp_path / name, [0, 1, 2]) for name in ("a.pcap", "b.pcap")]
    player = Player(inlet(tmp_path / "captures", *captures), open_replay=at_once)
    assert played(player, 8) == 6
    assert names(tmp_path / "captures" / "done") == ["a.pcap", "b.pcap"]
    assert names(tmp_path / "captures" / PLAY) == []


def test_what_is_no_capture_is_put_aside_and_the_next_is_played(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"no capture")
    good = capture_of(tmp_path / "b.pcap", [0, 1])
    player = Player(inlet(tmp_path / "captures", tmp_path / "a.pcap", good), open_replay=at_once)
    assert played(player, 8) == 2
    assert names(tmp_path / "captures" / "bad") == ["a.pcap", "a.pcap.reason.json"]


def test_an_endless_replay_does_not_keep_the_folder_waiting(tmp_path: Path) -> None:
    capture = capture_of(tmp_path / "a.pcap", [0, 1])
    ticks = iter(range(0, 10**12, 10**9))
    always = Replay([capture], Pace(loops=0), clock=lambda: next(ticks))
    player = Player(inlet(tmp_path / "captures", capture), always, open_replay=at_once)
    played(player, 6)
    assert names(tmp_path / "captures" / "done") == ["a.pcap"]
