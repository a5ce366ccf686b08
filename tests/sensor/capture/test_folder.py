import json
import os
import time
from pathlib import Path

import pytest

from sensor.capture.folder import STABLE_SECONDS, DropFolder, free_name
from tests.sensor.packets import names


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> DropFolder:
    return DropFolder(tmp_path, clock=clock)


def settle(folder: DropFolder, clock: Clock) -> Path | None:
    """Look twice, a while apart: what does not change in between is complete."""
    folder.next()
    clock.now += STABLE_SECONDS + 1
    return folder.next()


def test_a_file_is_given_out_when_nobody_writes_to_it(
    folder: DropFolder, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "a.pcap"
    path.write_bytes(b"1")
    assert folder.next() is None
    clock.now += STABLE_SECONDS + 1
    path.write_bytes(b"12")
    assert folder.next() is None
    assert folder.next() == path


def test_the_oldest_comes_first(folder: DropFolder, clock: Clock, tmp_path: Path) -> None:
    for number, name in enumerate(("b", "a")):
        (tmp_path / "new" / name).write_bytes(b"1")
        os.utime(tmp_path / "new" / name, ns=(0, 10 + number))
    assert settle(folder, clock) == tmp_path / "new" / "b"


def test_a_clock_set_back_does_not_leave_files_lying(
    folder: DropFolder, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "new" / "a").write_bytes(b"1")
    clock.now -= 86_400
    assert settle(folder, clock) == tmp_path / "new" / "a"


def test_hidden_and_partial_files_are_not_looked_at(folder: DropFolder, clock: Clock, tmp_path: Path) -> None:
    for name in (".hidden", "copying.part"):
        (tmp_path / "new" / name).write_bytes(b"1")
    assert settle(folder, clock) is None


def test_what_is_no_plain_file_is_never_opened(folder: DropFolder, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (new / "link").symlink_to("/etc/passwd")
    (new / "folder").mkdir()
    os.mkfifo(new / "pipe")
    assert folder.next() is None
    assert names(new) == []
    notes = {path.name for path in (tmp_path / "bad").glob("*.reason.json")}
    assert notes == {f"{name}.reason.json" for name in ("link", "folder", "pipe")}


def test_a_bad_file_says_why(folder: DropFolder, tmp_path: Path) -> None:
    path = tmp_path / "new" / "抓包.pcap"
    path.write_bytes(b"1")
    moved = folder.reject(path, "no capture", "give a capture")
    note = json.loads((tmp_path / "bad" / "抓包.pcap.reason.json").read_text())
    assert note == {"file": "抓包.pcap", "reason": "no capture", "hint": "give a capture"}
    assert moved.read_bytes() == b"1"


def test_the_same_name_again_overwrites_nothing(folder: DropFolder, tmp_path: Path) -> None:
    for content in (b"1", b"2", b"3"):
        (tmp_path / "new" / "a.pcap.gz").write_bytes(content)
        folder.finish(tmp_path / "new" / "a.pcap.gz")
    done = {path.name: path.read_bytes() for path in (tmp_path / "done").iterdir()}
    assert set(done.values()) == {b"1", b"2", b"3"}
    assert all(name.endswith(".pcap.gz") for name in done)


def test_a_submitted_file_appears_whole(folder: DropFolder, tmp_path: Path) -> None:
    source = tmp_path / "a.pcap"
    source.write_bytes(b"content")
    assert folder.submit(source).read_bytes() == b"content"
    assert folder.submit(source) != tmp_path / "new" / "a.pcap"
    assert names(tmp_path / "new") == ["a-2.pcap", "a.pcap"]
    with pytest.raises(FileNotFoundError):
        folder.submit(tmp_path / "missing")


def test_a_dangling_link_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("nowhere")
    assert free_name(tmp_path / "a") == tmp_path / "a-2"
