"""What rules and files do to the worker is found out, laid aside, and does not stop the others (TRUST.md D.3-12)."""

import hashlib
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from analyzer.workers import scanner as module
from analyzer.workers.scanner import Killer, Scanner, ScanRules, WorkerDiedError

# VirusTotal/yara PR 2211: folding the constants divides the least number by -1.
SIGFPE = "rule t { condition: ~9223372036854775807 \\ -1 == filesize }"
FRAGILE = (sys.executable, "-m", "tests.analyzer.workers.fragile")


def finds(name: str, word: str = "hello") -> str:
    return f'rule {name} {{ strings: $a = "{word}" condition: $a }}'


class Bench:
    """A folder of rules and one of samples."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rules(self, texts: Mapping[str, str]) -> list[ScanRules]:
        return [self._rule(name, text) for name, text in texts.items()]

    def _rule(self, name: str, text: str) -> ScanRules:
        path = self.folder / f"{name}.yar"
        path.write_text(text)
        return ScanRules(path.name, str(path), hashlib.sha256(text.encode()).hexdigest())

    def sample(self, content: bytes) -> Path:
        path = self.folder / "sample"
        path.write_bytes(content)
        return path

    def scanner(self, *, fragile: bool = False) -> Scanner:
        cache = self.folder / "cache"
        return Scanner(cache, FRAGILE) if fragile else Scanner(cache)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def scanner(bench: Bench) -> Iterator[Scanner]:
    made = bench.scanner()
    yield made
    made.close()


@pytest.fixture
def fragile(bench: Bench) -> Iterator[Scanner]:
    made = bench.scanner(fragile=True)
    yield made
    made.close()


def hit_names(scanner: Scanner, path: Path) -> list[str]:
    return sorted(hit["rule"] for hit in scanner.scan(path, "", ()).hits)


def test_a_bad_file_is_named_and_the_others_go_on(bench: Bench, scanner: Scanner) -> None:
    texts = {
        "good": finds("a"),
        "undefined": "rule b {\n condition: nowhere }",
        "module": 'import "cuckoo"\nrule c { condition: cuckoo.sync.mutex(/x/) }',
        "include": 'include "/etc/passwd"\nrule d { condition: true }',
        "outside": 'rule e { condition: filename == "x.exe" and extension == ".exe" and filetype == "EXE" }',
    }
    loading = scanner.load(bench.rules(texts), ())
    faults = {fault.path: fault for fault in loading.faults}
    assert (loading.loaded, set(faults)) == (2, {"undefined.yar", "module.yar", "include.yar"})
    assert (faults["undefined.yar"].line, faults["undefined.yar"].message) == (
        2,
        'undefined identifier "nowhere"',
    )
    assert "cuckoo" in faults["module.yar"].message
    assert [hit["rule"] for hit in scanner.scan(bench.sample(b"MZ hello"), "dir/x.exe", ()).hits] == [
        "a",
        "e",
    ]


def test_d3_12_a_rule_file_that_kills_the_compiler_is_found(bench: Bench, scanner: Scanner) -> None:
    rules = bench.rules({"a": finds("a"), "kills": SIGFPE, "z": finds("z")})
    loading = scanner.load(rules, ())
    assert loading.killers == [Killer("kills.yar", "it ended with SIGFPE")]
    assert loading.loaded == 2
    assert hit_names(scanner, bench.sample(b"hello")) == ["a", "z"]
    again = bench.scanner()
    assert list(again.load(rules, {"kills.yar"}).killers) == []
    assert again.status()["deaths"] == 0
    again.close()


def test_d3_12_a_pair_that_kills_while_scanning_is_found_and_the_rest_judged(
    bench: Bench, fragile: Scanner
) -> None:
    rules = bench.rules({"a": finds("a"), "kills": finds("crash", "boom"), "z": finds("z")})
    fragile.load(rules, ())
    bad = bench.sample(b"hello boom")
    report = fragile.scan(bad, "", ())
    assert report.killers == [Killer("kills.yar", "it ended with SIGFPE")]
    assert [hit["rule"] for hit in report.hits] == ["a", "z"]
    assert not report.failure
    deaths = fragile.status()["deaths"]
    assert [hit["rule"] for hit in fragile.scan(bad, "", {"kills.yar"}).hits] == ["a", "z"]
    assert fragile.status()["deaths"] == deaths
    assert hit_names(fragile, bench.sample(b"hello")) == ["a", "z"], "with other samples the file goes on"


def test_a_sample_that_always_kills_is_given_up(bench: Bench, fragile: Scanner) -> None:
    many = {f"kills{number}": finds("crash", "boom") for number in range(module.MAX_KILLERS + 2)}
    fragile.load(bench.rules(many), ())
    report = fragile.scan(bench.sample(b"boom"), "", ())
    assert len(report.killers) == module.MAX_KILLERS
    assert "SIGFPE" in report.failure


def test_d3_12_what_hangs_is_ended(bench: Bench, fragile: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JOB_SECONDS", "EACH_SECONDS", "GRACE_SECONDS"):
        monkeypatch.setattr(module, name, 0.3)
    fragile.load(bench.rules({"hangs": finds("hang", "boom"), "a": finds("a")}), ())
    begun = time.monotonic()
    report = fragile.scan(bench.sample(b"boom"), "", ())
    assert "in time" in report.failure
    assert report.killers == []
    assert time.monotonic() - begun < 10
    assert hit_names(fragile, bench.sample(b"hello")) == ["a"]


def test_d3_12_a_slow_rule_is_named_and_the_others_judge(
    bench: Bench, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EACH_SECONDS", 1.0)
    monkeypatch.setattr(module, "CAREFUL_EACH_SECONDS", 1.0)
    slow = "rule s { condition: for all i in (0..100000000) : (uint8(i % 100) != 255) }"
    scanner.load(bench.rules({"a": finds("a"), "slow": slow}), ())
    report = scanner.scan(bench.sample(b"hello" + bytes(200)), "", ())
    assert [hit["rule"] for hit in report.hits] == ["a"]
    assert report.remarks["yara_timeout"].startswith("slow.yar")


def test_what_answers_nonsense_is_ended(bench: Bench, fragile: Scanner) -> None:
    fragile.load(bench.rules({"chatters": finds("chatter", "boom")}), ())
    assert "no answer" in fragile.scan(bench.sample(b"boom"), "", ()).failure


def test_killed_from_outside_at_random_moments_nobody_is_blamed(bench: Bench, scanner: Scanner) -> None:
    scanner.load(bench.rules({"a": finds("a")}), ())
    sample = bench.sample(random.Random(1).randbytes(4 << 20) + b"hello")
    stop = threading.Event()

    def kill() -> None:
        chance = random.Random(2)
        while not stop.wait(chance.uniform(0.4, 0.8)):
            pid = scanner.tally.pid
            if pid:
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        ends = time.monotonic() + 4
        while time.monotonic() < ends:
            report = scanner.scan(sample, "", ())
            assert report.killers == []
            assert report.failure or [hit["rule"] for hit in report.hits] == ["a"]
    finally:
        stop.set()
        killer.join()
    assert scanner.status()["deaths"] > 0
    assert hit_names(scanner, sample) == ["a"]


def test_a_worker_that_cannot_start_is_said(bench: Bench) -> None:
    scanner = Scanner(bench.folder / "cache", (sys.executable, "-c", "raise SystemExit('no engine')"))
    with pytest.raises(WorkerDiedError, match="no engine"):
        scanner.load(bench.rules({"a": finds("a")}), ())


def test_a_missing_sample_is_a_failure_not_a_fault(bench: Bench, scanner: Scanner) -> None:
    scanner.load(bench.rules({"a": finds("a")}), ())
    assert "No such file" in scanner.scan(bench.folder / "nothing", "", ()).failure


def test_interrupted_it_ends_at_once(bench: Bench, fragile: Scanner) -> None:
    fragile.load(bench.rules({"hangs": finds("hang", "boom")}), ())
    threading.Timer(0.5, fragile.interrupt).start()
    begun = time.monotonic()
    assert fragile.scan(bench.sample(b"boom"), "", ()).failure
    assert time.monotonic() - begun < 5


@pytest.mark.slice
def test_d3_12_a_file_of_a_gibibyte_ends(bench: Bench, scanner: Scanner) -> None:
    scanner.load(bench.rules({"a": finds("a")}), ())
    path = bench.folder / "large"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    begun = time.monotonic()
    report = scanner.scan(path, "", ())
    assert report.failure or not report.hits
    assert time.monotonic() - begun < 60
