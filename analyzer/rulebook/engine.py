"""What the YARA engine says of rule files and samples, asked in a worker: for `starwatch rules check` and `test`."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from analyzer.errors import RulebookError
from analyzer.rulebook.cases import CaseResult
from analyzer.rulebook.commands import engine_fault
from analyzer.rulebook.folder import YARA, Fault
from analyzer.rulebook.yara_rules import YaraRules
from analyzer.workers.scanner import Loading, Scanner, ScanRules

# A stand-alone script that writes <folder>/<rule>/{fires,quiet}_*: samples are made when they are needed, so that no
# repository and no disk holds what scanners take for malware.
SAMPLES = "samples.py"
SAMPLES_SECONDS = 60
KINDS = (("fires", True), ("quiet", False))


@contextmanager
def engine(rules: YaraRules) -> Iterator[tuple[Scanner, Loading]]:
    """A worker with these rules, for as long as the block."""
    with tempfile.TemporaryDirectory() as cache:
        scanner = Scanner(Path(cache))
        try:
            files = [ScanRules(it.file.path, str(it.location), it.file.sha256) for it in rules.files]
            yield scanner, scanner.load(files, ())
        finally:
            scanner.close()


def engine_faults(rules: YaraRules) -> Sequence[Fault]:
    """Every file the engine refuses, with the line."""
    if not rules.files:
        return ()
    with engine(rules) as (_, loading):
        return [engine_fault(it) for it in loading.faults]


def run_samples(rules: YaraRules, cases: Path) -> Sequence[CaseResult]:
    """Every rule on its samples in `cases/yara`; a rule without both kinds has failed."""
    script = cases / YARA / SAMPLES
    if not rules.files or not script.is_file():
        return ()
    with tempfile.TemporaryDirectory() as folder, engine(rules) as (scanner, _):
        make(script, Path(folder))
        return [
            result
            for path, name in rules.rules
            for result in sample_results(scanner, path, name, Path(folder) / name)
        ]


def make(script: Path, folder: Path) -> None:
    try:
        subprocess.run(
            [sys.executable, str(script), str(folder)],
            capture_output=True,
            timeout=SAMPLES_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise RulebookError(f"{script} makes no samples: {error}", hint="run it by hand") from error


def sample_results(scanner: Scanner, path: str, rule: str, own: Path) -> Iterator[CaseResult]:
    for kind, must_fire in KINDS:
        files = sorted(own.glob(f"{kind}*"))
        if not files:
            yield CaseResult(path, f"{rule}/{kind}*", 0, (), "there is no such sample")
        for file in files:
            yield one_sample(scanner, path, rule, file, must_fire=must_fire)


def one_sample(scanner: Scanner, path: str, rule: str, file: Path, *, must_fire: bool) -> CaseResult:
    report = scanner.scan(file, file.name.removeprefix("fires_").removeprefix("quiet_"), ())
    fired = any((hit["ruleset"], hit["rule"]) == (path, rule) for hit in report.hits)
    right = fired == must_fire and not report.failure
    message = "" if right else report.failure or f"it {'fires' if fired else 'does not fire'}"
    return CaseResult(path, f"{rule}/{file.name}", 1, (), message)
