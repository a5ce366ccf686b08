"""Who may come in and who has to go; disk and SQL agree after any crash."""

import itertools
import shutil
from pathlib import Path

import pytest

from analyzer.files import shelf as module
from analyzer.files.shelf import EMPTY, Answer, Limits, Shelf
from analyzer.files.vault import Vault
from analyzer.state import Announcement, File, FileVerdict, Sessions
from tests.analyzer.files.parcel import digest


class Room:
    def __init__(self, sessions: Sessions, folder: Path, quota: int = 1_000, largest: int = 600) -> None:
        self.sessions = sessions
        self.vault = Vault(folder / "files")
        self.news = 0
        clock = itertools.count(1)
        limits = Limits(largest, quota)
        self.shelf = Shelf(sessions, self.vault, limits, self._stored, lambda: next(clock))

    def _stored(self) -> None:
        self.news += 1

    def bring(self, content: bytes) -> Answer:
        answer = self.shelf.offered("s-1", digest(content), len(content))
        if answer.wanted:
            with self.vault.begin("s-1") as file:
                file.write(content)
                self.shelf.take("s-1", file, digest(content), len(content))
        return answer

    def held(self) -> set[str]:
        with self.sessions() as db:
            rows = {row.sha256 for row in db.query(File).where(File.stored)}
        assert rows == {name for name, _ in self.vault.contents()}
        return rows


@pytest.fixture
def room(sessions: Sessions, tmp_path: Path) -> Room:
    return Room(sessions, tmp_path)


def test_wanted_once(room: Room) -> None:
    assert room.bring(b"a") == Answer(wanted=True)
    assert room.bring(b"a") == Answer(wanted=False)
    assert (room.news, room.shelf.usage()) == (1, (1, 1))


def test_the_oldest_goes_first_and_hits_last(room: Room) -> None:
    contents = [bytes([number]) * 300 for number in range(3)]
    for content in contents:
        room.bring(content)
    with room.sessions.begin() as db:
        db.add(
            FileVerdict(
                sha256=digest(contents[0]), content_version="v", state="hit", hits=[], remarks=[], judged_ns=1
            )
        )
    assert room.bring(b"x" * 600).wanted
    assert room.held() == {digest(contents[0]), digest(b"x" * 600)}
    assert room.bring(b"y" * 600).wanted
    assert room.held() == {digest(contents[0]), digest(b"y" * 600)}


def test_when_only_hits_are_left_the_oldest_of_them_goes(room: Room) -> None:
    for content in (b"a" * 500, b"b" * 500):
        room.bring(content)
        with room.sessions.begin() as db:
            db.add(
                FileVerdict(
                    sha256=digest(content), content_version="v", state="hit", hits=[], remarks=[], judged_ns=1
                )
            )
    assert room.bring(b"c" * 500).wanted
    assert room.held() == {digest(b"b" * 500), digest(b"c" * 500)}


def test_too_large_is_said_once(room: Room) -> None:
    for _ in range(3):
        assert "larger" in room.bring(b"x" * 601).reason
    with room.sessions() as db:
        (said,) = db.query(Announcement)
    assert "file_too_large" in said.line


def test_an_empty_file_is_not_wanted(room: Room) -> None:
    assert not room.shelf.offered("s-1", EMPTY, 0).wanted
    assert not room.shelf.offered("s-1", digest(b"x"), 0).wanted


def test_a_disk_without_room_takes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=module.LEAST_FREE_BYTES)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "no room" in room.bring(b"x").reason


def test_disk_and_rows_agree_again_after_a_crash(room: Room, tmp_path: Path) -> None:
    room.bring(b"row without file")
    room.vault.remove(digest(b"row without file"))
    with room.vault.begin("s-1") as file:
        file.write(b"file without row")
        room.vault.keep("s-1", file, digest(b"file without row"))
    assert Room(room.sessions, tmp_path).held() == {digest(b"file without row")}
