"""The capture process's wiring, and the process itself killed in the middle of a file."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sensor import runtime
from sensor._native import LogReader
from sensor.capture.folder import PLAY, DropFolder
from sensor.capture.player import Player
from sensor.capture.replay import Pace, Replay
from sensor.decode import decode_files
from sensor.errors import DecoderError
from sensor.extract import Vault
from sensor.outbox import BatchMeta, Outbox
from sensor.outbox.spool import Spool
from sensor.runtime import Files, live_epoch, make_live
from sensor.settings import SensorSettings
from tests.corpus import ROOT
from tests.sensor.packets import capture_of, names

SECOND_NS = 1_000_000_000
GAP = SECOND_NS // 10


def settings_of(data: Path) -> SensorSettings:
    return SensorSettings(data, id="s-1", threads=1, memory_mib=16)


def stored(settings: SensorSettings) -> list[tuple[BatchMeta, bytes]]:
    records = LogReader(str(settings.outbox)).read(0, 1 << 40)
    return [(BatchMeta.decode(record.meta), record.payload()) for record in records]


def events(settings: SensorSettings) -> bytes:
    return b"".join(payload for _, payload in stored(settings))


def playing(settings: SensorSettings, replay: Replay) -> Player:
    return Player(DropFolder(settings.captures, inlet=PLAY), replay)


def spool_of(settings: SensorSettings, stop: threading.Event | None = None) -> Spool:
    return Spool(Outbox(settings.outbox, settings.acked), stop or threading.Event())


def vault_of(settings: SensorSettings) -> Vault:
    return Vault(settings.files, max_bytes=64 << 20)


def read_all(files: Files) -> None:
    while files.step():
        pass


def dropped(settings: SensorSettings, *sources: Path) -> DropFolder:
    """Files that have lain in new/ for a while."""
    folder = DropFolder(settings.captures, clock=lambda: time.time() + 10)
    for source in sources:
        shutil.copy(source, settings.captures / "new")
    folder.next()
    return folder


def test_a_dropped_file_gives_the_events_that_reading_it_gives(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    capture = capture_of(tmp_path / "many.pcap", range(0, 9000 * 1000, 1000), flows=700)
    spool = spool_of(settings)
    read_all(Files(dropped(settings, capture), settings, spool, vault_of(settings)))
    assert events(settings) == b"".join(decode_files([capture], settings))
    metas = [meta for meta, _ in stored(settings)]
    assert sum(meta.count for meta in metas) == 700
    assert {(meta.packet, meta.parsed) for meta in metas} == {(0, 0)}
    assert names(settings.captures / "done") == ["many.pcap"]
    assert names(settings.captures / "new") == []


def test_a_file_the_decoder_fails_on_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the decoder costs the capture that found it, not the process."""

    class Failing:
        def decode(self, _frames: object) -> None:
            raise DecoderError("the decoder failed: index out of range", hint="report it")

    settings = settings_of(tmp_path / "data")
    monkeypatch.setattr(runtime, "file_decoder", lambda _settings, _epoch, **_options: Failing())
    read_all(
        Files(
            dropped(settings, capture_of(tmp_path / "a.pcap", [0, 1])),
            settings,
            spool_of(settings),
            vault_of(settings),
        )
    )
    assert names(settings.captures / "bad") == ["a.pcap", "a.pcap.reason.json"]
    assert "index out of range" in (settings.captures / "bad" / "a.pcap.reason.json").read_text()


def test_a_bad_file_is_put_aside_and_the_next_is_read(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    (tmp_path / "a.pcap").write_bytes(b"this is no capture")
    capture = capture_of(tmp_path / "b.pcap", [0, 1])
    read_all(
        Files(
            dropped(settings, tmp_path / "a.pcap", capture), settings, spool_of(settings), vault_of(settings)
        )
    )
    note = json.loads((settings.captures / "bad" / "a.pcap.reason.json").read_text())
    assert "no capture" in note["reason"]
    assert note["hint"]
    assert names(settings.captures / "done") == ["b.pcap"]


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    capture = capture_of(tmp_path / "a.pcap", range(100), flows=20)
    spool = spool_of(settings)
    for _ in range(2):
        read_all(Files(dropped(settings, capture), settings, spool, vault_of(settings)))
    assert events(settings) == b"".join(decode_files([capture], settings))


def test_live_batches_carry_packet_and_wall_clock(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    capture = capture_of(tmp_path / "a.pcap", range(0, 50 * 1_000_000, 1_000_000), flows=50)
    before = time.time_ns()
    replay = Replay([capture], Pace(rate=1e6))
    live = make_live(settings, [playing(settings, replay)], spool_of(settings), vault_of(settings))
    deadline = time.monotonic() + 10
    while not replay.finished and time.monotonic() < deadline:
        live.step()
        time.sleep(0.01)
    live.finish()
    metas = [meta for meta, _ in stored(settings)]
    assert sum(meta.count for meta in metas) == 50
    assert {meta.epoch for meta in metas} == {live.epoch}
    assert all(before < meta.packet <= meta.parsed <= time.time_ns() for meta in metas)
    sequences = [meta.sequence for meta in metas]
    assert sequences[0] == 0
    assert sequences == sorted(sequences)


def test_epochs_of_live_sources_differ_and_sort_by_time() -> None:
    epochs = [live_epoch(lambda now=now: now) for now in (5, 5, 6)]  # type: ignore[misc]
    assert len(set(epochs)) == 3
    assert max(epochs[:2]) < epochs[2]


@contextmanager
def capture_process(data: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "console.cli", "--data", str(data), "sensor", "run", *options]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline()) == {"ready": "capture"}
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def kill_while_reading(tmp_path: Path, kills: int, packets: int) -> None:
    settings = SensorSettings(tmp_path / "data")
    # A packet each 100 ms, a port again after more than an hour: flows end, and are written, all along.
    capture = capture_of(tmp_path / "long.pcap", range(0, packets * GAP, GAP), flows=40_000)
    dropped(settings, capture)
    done = settings.captures / "done" / "long.pcap"
    dice = random.Random(4)
    struck = 0
    for _ in range(kills):
        with capture_process(settings.data):
            wait_for(lambda: LogReader(str(settings.outbox)).next > 0)
            time.sleep(dice.uniform(0.0, 0.1))
        struck += not done.exists()
    assert struck > 0, "no kill came while the file was read"
    with capture_process(settings.data) as child:
        wait_for(done.exists)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    assert events(settings) == b"".join(decode_files([capture], settings))


def wait_for(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.005)


def test_kill_9_in_the_middle_of_a_file_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_while_reading(tmp_path, 3, 200_000)


@pytest.mark.slice
def test_kill_9_many_times_in_the_middle_of_a_file(tmp_path: Path) -> None:
    kill_while_reading(tmp_path, 20, 1_500_000)


def test_a_signal_ends_the_process_cleanly_and_open_flows_are_kept(tmp_path: Path) -> None:
    settings = SensorSettings(tmp_path / "data")
    capture = capture_of(tmp_path / "a.pcap", range(0, 5 * SECOND_NS, SECOND_NS))
    with capture_process(settings.data, "--replay", str(capture)) as child:
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0
    (line,) = events(settings).splitlines()
    assert json.loads(line)["event"]["dataset"] == "starwatch.flow"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_waited_out_and_loses_nothing(tmp_path: Path) -> None:
    """A real tmpfs of 6 MiB: the outbox fills it, the rest comes when there is room."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        fill_and_make_room(SensorSettings(small, id="s-1"), small)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def fill_and_make_room(settings: SensorSettings, small: Path) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(4 << 20))
    spool = spool_of(settings)
    payloads = [os.urandom(100_000).hex().encode() + b"\n" for _ in range(30)]
    writer = threading.Thread(
        target=lambda: [spool.put(BatchMeta("e", n, 1), payload) for n, payload in enumerate(payloads)]
    )
    writer.start()
    wait_for(lambda: spool.obstacle != "", seconds=10)
    held = [payload for _, payload in stored(settings)]
    assert held == payloads[: len(held)]
    assert 0 < len(held) < 30
    ballast.unlink()
    writer.join(20)
    assert not writer.is_alive()
    assert [payload for _, payload in stored(settings)] == payloads
