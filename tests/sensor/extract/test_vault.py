"""Files by hash: there before their event, within the quota, and honest when there is no room."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from sensor._native import Events
from sensor.decode import decode_files
from sensor.extract import Vault, Waiting, vault
from sensor.extract.index import Index, place
from sensor.outbox.files import sync_folder
from sensor.settings import SensorSettings
from tests.corpus import corpus
from tests.sensor.extract.parts import Batch, Part, batch, digest, line, whole

MIB = 1 << 20


def keep(kept: Vault, made: Batch, epoch: str = "e") -> bytes:
    return kept.keep(epoch, cast(Events, made))


def contents(folder: Path) -> dict[str, bytes]:
    return {sha256: place(folder, sha256).read_bytes() for sha256 in Index.read(folder).sizes}


def test_a_file_lies_under_its_hash_and_waits_for_the_analyzer(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=MIB)
    assert keep(kept, batch(b"one", b"two", b"one")) == line(b"one") + line(b"two") + line(b"one")
    assert contents(tmp_path) == {digest(b"one"): b"one", digest(b"two"): b"two"}
    assert sorted(Waiting(tmp_path).oldest()) == sorted([digest(b"one"), digest(b"two")])
    assert place(tmp_path, digest(b"one")).stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / "partial").iterdir())


def test_what_is_there_is_not_written_nor_offered_again(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=MIB)
    keep(kept, batch(b"one"))
    Waiting(tmp_path).remove(digest(b"one"))
    before = place(tmp_path, digest(b"one")).stat().st_ino
    keep(kept, batch(b"one"))
    assert place(tmp_path, digest(b"one")).stat().st_ino == before
    assert Waiting(tmp_path).oldest() == []


def test_parts_grow_to_a_file_and_epochs_do_not_mix(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=MIB)
    keep(kept, Batch([Part(7, b"be")]), "a")
    keep(kept, Batch([Part(7, b"en")]), "b")
    keep(kept, Batch([Part(7, b"gin")]), "a")
    assert kept.held == 7
    keep(kept, Batch([whole(7, b"ning", b"begin")]), "a")
    keep(kept, Batch([whole(7, b"d", b"en")]), "b")
    assert sorted(contents(tmp_path).values()) == [b"beginning", b"end"]


def test_what_is_dropped_or_forgotten_leaves_nothing(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=MIB)
    keep(kept, Batch([Part(1, b"abc"), Part(2, b"def")]))
    keep(kept, Batch([Part(1, dropped=True)]))
    kept.forget("e")
    assert kept.held == 0
    assert not list((tmp_path / "partial").iterdir())


def test_a_new_start_empties_what_was_growing_and_knows_the_rest(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=MIB)
    keep(kept, Batch([Part(1, b"growing")]))
    keep(kept, batch(b"whole"))
    again = Vault(tmp_path, max_bytes=MIB)
    assert not list((tmp_path / "partial").iterdir())
    assert again.held == len(b"whole")


def test_the_oldest_answered_file_goes_first(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=100)
    old, answered, young = b"o" * 30, b"a" * 30, b"y" * 30
    for content in (old, answered, young):
        keep(kept, batch(content))
    Waiting(tmp_path).remove(digest(answered))
    keep(kept, batch(b"n" * 30))
    assert digest(answered) not in contents(tmp_path)
    assert {digest(old), digest(young), digest(b"n" * 30)} == set(contents(tmp_path))
    keep(kept, batch(b"m" * 30))
    assert digest(old) not in contents(tmp_path)
    assert digest(old) not in Waiting(tmp_path)
    assert kept.held <= 100


def test_a_file_seen_again_is_young_again(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=100)
    first, second = b"1" * 40, b"2" * 40
    for content in (first, second):
        keep(kept, batch(content))
        os.utime(place(tmp_path, digest(content)), ns=(1, 1))
    keep(kept, batch(first))
    keep(Vault(tmp_path, max_bytes=100), batch(b"3" * 40))
    assert {digest(first), digest(b"3" * 40)} == set(contents(tmp_path))


def test_no_room_is_said_in_the_event_and_events_go_on(tmp_path: Path) -> None:
    kept = Vault(tmp_path, max_bytes=50)
    keep(kept, Batch([Part(1, b"x" * 40)]))
    large = Batch([whole(2, b"y" * 60), whole(3, b"z")], line(b"y" * 60) + line(b"z"))
    assert keep(kept, large) == line(b"y" * 60).replace(b"true", b"false") + line(b"z")
    assert set(contents(tmp_path)) == {digest(b"z")}
    assert keep(kept, Batch([whole(1, b"x" * 40, b"x" * 40)], line(b"x" * 80))) == line(b"x" * 80).replace(
        b"true", b"false"
    )
    assert not list((tmp_path / "partial").iterdir())


def test_a_disk_that_fails_costs_contents_not_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    kept = Vault(tmp_path, max_bytes=MIB)
    monkeypatch.setattr(vault, "sync_content", full)
    assert keep(kept, batch(b"one")) == line(b"one").replace(b"true", b"false")
    assert (contents(tmp_path), kept.held) == ({}, 0)
    monkeypatch.undo()
    assert keep(kept, batch(b"one")) == line(b"one")
    assert contents(tmp_path) == {digest(b"one"): b"one"}


def test_content_is_durable_before_its_name_and_folders_are_synced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    kept = Vault(tmp_path, max_bytes=MIB)
    kept_name, rename = vault.sync_content, Path.rename

    def content(path: Path) -> None:
        done.append("content")
        kept_name(path)

    def name(path: Path, target: Any) -> Path:
        done.append("name")
        return rename(path, target)

    def folder(path: Path) -> None:
        done.append("folder")
        sync_folder(path)

    monkeypatch.setattr(vault, "sync_content", content)
    monkeypatch.setattr(vault, "sync_folder", folder)
    monkeypatch.setattr(Path, "rename", name)
    keep(kept, batch(b"one", b"two"))
    assert done[:4] == ["content", "name", "content", "name"]
    assert done[4:] == ["folder"] * 4  # waiting, the vault, two new folders


KILLED = """
import sys
from pathlib import Path
from typing import cast
from sensor.extract import Vault
from tests.sensor.extract.parts import Batch, Part, whole
kept = Vault(Path(sys.argv[1]), max_bytes=1 << 30)
for number in range(1 << 20):
    content = number.to_bytes(4, "big") * 20_000
    kept.keep("e", Batch([Part(number, content)]))
    kept.keep("e", Batch([whole(number, content, content)]))
    print(number, flush=True)
"""


def test_killed_at_any_moment_only_whole_files_have_names(tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / str(number)
        command = [sys.executable, "-c", KILLED, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.05 + 0.037 * number)
            process.kill()
            said = len(process.stdout.read().split())
        found = contents(folder)
        assert all(digest(content) == sha256 for sha256, content in found.items())
        assert len(found) >= said
        assert set(Waiting(folder).oldest()) >= set(found)


CAPTURE = ("pcap", "PcapPlusPlus", "pcap", "ExamplesTest", "pcap_examples", "http-packets.pcap")


def test_the_same_files_and_events_whatever_the_threads(tmp_path: Path) -> None:
    outcomes = []
    for threads in (1, 2, 7):
        folder = tmp_path / str(threads)
        settings = SensorSettings(tmp_path, threads=threads)
        events = b"".join(decode_files([corpus(*CAPTURE)], settings, vault=Vault(folder, max_bytes=1 << 30)))
        outcomes.append((events, contents(folder)))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    events, files = outcomes[0]
    assert len(files) > 10
    assert all(digest(content) == sha256 for sha256, content in files.items())
    assert all(f'"sha256":"{sha256}"'.encode() in events for sha256 in files)
