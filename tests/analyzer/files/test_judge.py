"""The judge with a real worker: judged once, again when rules change, quarantined across restarts."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.files.judge import Judge, file_name
from analyzer.files.shelf import Limits, Shelf
from analyzer.files.sightings import Clerk
from analyzer.files.vault import Vault
from analyzer.rulebook.folder import RuleFile
from analyzer.rulebook.yara_rules import PlacedFile, YaraRules, gathered
from analyzer.state import FileVerdict, Sessions
from analyzer.workers.scanner import Scanner
from sensor.outbox import BatchMeta
from tests.analyzer.files.parcel import digest, file_event
from tests.analyzer.stream.parts import MemorySource
from tests.analyzer.workers.test_scanner import FRAGILE, SIGFPE, finds

WAIT_S = 20.0


class House:
    """Everything around a judge; `judge` is made anew for each life."""

    def __init__(self, sessions: Sessions, folder: Path) -> None:
        self.sessions = sessions
        self.folder = folder
        self.vault = Vault(folder / "files")
        self.source = MemorySource(step=1_000)
        self.taken: dict[int, dict[str, Any]] = {}
        self.room = True
        self.judge = self._judge()

    def _judge(self) -> Judge:
        scanner = Scanner(self.folder / "compiled", FRAGILE)
        return Judge(self.sessions, self.vault, [scanner], time.time_ns)

    def restart(self) -> None:
        self.judge.stop()
        self.judge = self._judge()

    def inject(self, meta: BatchMeta, ndjson: bytes) -> bool:
        if self.room:
            lines = ndjson.splitlines()
            self.taken.update({meta.sequence + at: json.loads(line) for at, line in enumerate(lines)})
        return self.room

    def rules(self, **texts: str) -> YaraRules:
        placed = []
        for name, text in texts.items():
            path = self.folder / f"{name}.yar"
            path.write_text(text)
            placed.append(PlacedFile(RuleFile(path.name, text.encode()), path))
        return gathered(placed)

    def bring(self, number: int, content: bytes) -> None:
        self.source.add(file_event(number, content))
        Clerk(self.sessions, self.judge.wake, time.time_ns)(self.source.read(0))
        shelf = Shelf(self.sessions, self.vault, Limits(1 << 20, 1 << 30), self.judge.wake, time.time_ns)
        with self.vault.begin("s-1") as file:
            file.write(content)
            shelf.take("s-1", file, digest(content), len(content))

    def hits(self) -> list[str]:
        return sorted(it["rule"]["name"] for it in self.taken.values() if "rule" in it)

    def kinds(self) -> list[str]:
        return sorted(it["anomaly"]["kind"] for it in self.taken.values() if "anomaly" in it)

    def states(self) -> dict[str, tuple[str, str]]:
        with self.sessions() as db:
            return {it.sha256: (it.content_version, it.state) for it in db.query(FileVerdict)}


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold in time"
        time.sleep(0.02)


@pytest.fixture
def house(sessions: Sessions, tmp_path: Path) -> Iterator[House]:
    made = House(sessions, tmp_path)
    yield made
    made.judge.stop()


def test_judged_told_and_judged_again_when_rules_change(house: House) -> None:
    first, second = house.rules(a=finds("a")), house.rules(a=finds("a"), b=finds("b", "ell"))
    house.judge.seat(first)
    house.judge.start(house.inject)
    house.bring(1, b"hello")
    until(lambda: house.hits() == ["a"])
    house.judge.seat(second)
    until(lambda: house.hits() == ["a", "b"])
    assert house.states() == {digest(b"hello"): (second.version, "hit")}
    assert house.judge.status()["judged"] == 2


def test_a_known_content_is_not_judged_again(house: House) -> None:
    house.judge.seat(house.rules(a=finds("a")))
    house.judge.start(house.inject)
    house.bring(1, b"hello")
    until(lambda: house.hits() == ["a"])
    house.bring(2, b"hello")
    until(lambda: house.hits() == ["a", "a"])
    assert house.judge.status()["judged"] == 1


def test_a_killing_pair_is_quarantined_for_good_and_others_go_on(house: House) -> None:
    rules = house.rules(a=finds("a"), kills=finds("crash", "boom"), compiler=SIGFPE)
    house.judge.seat(rules)
    house.judge.start(house.inject)
    house.bring(1, b"hello boom")
    until(lambda: house.hits() == ["a"] and len(house.kinds()) == 2)
    assert house.kinds() == ["yara_engine_died"] * 2
    assert [it.path for it in house.judge.faults] == ["compiler.yar"]
    deaths = house.judge.status()["workers"][0]["deaths"]
    assert deaths > 0
    house.restart()
    house.judge.seat(rules)
    house.judge.start(house.inject)
    house.bring(2, b"hello there")
    until(lambda: house.hits() == ["a", "a"])
    status = house.judge.status()
    assert (status["workers"][0]["deaths"], status["quarantined"]) == (0, 1)
    assert house.kinds() == ["yara_engine_died"] * 2


def test_stopped_in_the_middle_of_a_scan_nothing_is_lost(house: House) -> None:
    house.judge.seat(house.rules(hangs=finds("hang", "boom")))
    house.judge.start(house.inject)
    house.bring(1, b"boom")
    until(lambda: bool(house.judge.status()["workers"][0]["running"]))
    time.sleep(0.3)
    begun = time.monotonic()
    house.restart()
    assert time.monotonic() - begun < 10
    assert house.states() == {}
    house.judge.seat(house.rules(a=finds("a", "boom")))
    house.judge.start(house.inject)
    until(lambda: house.hits() == ["a"])


def test_without_room_in_the_inbox_what_is_found_waits(house: House) -> None:
    house.room = False
    house.judge.seat(house.rules(a=finds("a")))
    house.judge.start(house.inject)
    house.bring(1, b"hello")
    until(lambda: bool(house.states()))
    assert house.taken == {}
    house.room = True
    until(lambda: house.hits() == ["a"])


def test_a_worker_that_cannot_start_is_said_and_tried_again(sessions: Sessions, tmp_path: Path) -> None:
    scanner = Scanner(tmp_path / "compiled", ("false",))
    judge = Judge(sessions, Vault(tmp_path / "files"), [scanner], time.time_ns)
    judge.seat(YaraRules(version="v"))
    judge.start(lambda meta, ndjson: True)
    until(lambda: "code 1" in str(judge.status()["fault"]))
    assert judge.alive
    judge.stop()


def test_a_files_name_is_text_or_nothing() -> None:
    assert file_name({"file": {"name": "a"}}) == "a"
    assert [file_name(it) for it in ({}, {"file": 1}, {"file": {"name": 1}})] == ["", "", ""]
