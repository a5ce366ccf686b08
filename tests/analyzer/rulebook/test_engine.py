"""`rules check` and `rules test` over the YARA engine; the shipped rules on their samples and on benign files."""

import os
import random
import sys
import tarfile
from functools import cache
from pathlib import Path

import pytest

from analyzer.errors import RulebookError
from analyzer.rulebook import load, shipped
from analyzer.rulebook.cases import CaseResult
from analyzer.rulebook.engine import engine, engine_faults, make, run_samples
from analyzer.rulebook.folder import RuleFile
from analyzer.rulebook.yara_rules import PlacedFile, YaraRules, gathered
from tests.corpus import ROOT, corpus

CASES = ROOT / "tests" / "rules"
LEAST_FILES = 20_000


@cache
def results() -> list[CaseResult]:
    return list(run_samples(load(shipped()).yara, CASES))


def test_every_shipped_rule_fires_on_its_samples_and_on_nothing_near() -> None:
    found = results()
    assert [it for it in found if not it.passed] == []
    rules = load(shipped()).yara.rules
    assert {it.rule for it in found} == {path for path, _ in rules}
    assert len(found) >= 4 * len(rules) - 3


def test_samples_of_one_rule_do_not_set_off_others_at_random(tmp_path: Path) -> None:
    """A sample fires its own rule; a near miss fires none at all."""
    make(CASES / "yara" / "samples.py", tmp_path)
    with engine(load(shipped()).yara) as (scanner, _):
        for path in sorted(tmp_path.glob("*/quiet*")):
            name = path.name.removeprefix("quiet_")
            assert [hit["rule"] for hit in scanner.scan(path, name, ()).hits] == [], path


def book(folder: Path, text: str) -> YaraRules:
    path = folder / "a.yar"
    path.write_text(text)
    return gathered([PlacedFile(RuleFile("yara/a.yar", text.encode()), path)])


def test_what_the_engine_refuses_is_a_fault_with_its_line(tmp_path: Path) -> None:
    (found,) = engine_faults(book(tmp_path, "rule a {\n condition: b }"))
    assert (found.path, found.line, found.kind) == ("yara/a.yar", 2, "yara")


def test_a_rule_without_samples_or_with_wrong_ones_has_failed(tmp_path: Path) -> None:
    script = tmp_path / "cases" / "yara" / "samples.py"
    script.parent.mkdir(parents=True)
    script.write_text(
        "import sys, pathlib\n"
        "folder = pathlib.Path(sys.argv[1], 'a')\n"
        "folder.mkdir()\n"
        "(folder / 'fires_x').write_text('no')"
    )
    rules = book(tmp_path, 'rule a { strings: $a = "yes" condition: $a }')
    found = run_samples(rules, tmp_path / "cases")
    assert [it.message for it in found] == ["it does not fire", "there is no such sample"]


def test_a_script_that_fails_is_said(tmp_path: Path) -> None:
    (tmp_path / "samples.py").write_text("raise SystemExit(1)")
    with pytest.raises(RulebookError, match="makes no samples"):
        make(tmp_path / "samples.py", tmp_path)


def hits_among(paths: list[Path]) -> list[tuple[str, list[str]]]:
    found = []
    with engine(load(shipped()).yara) as (scanner, _):
        for path in paths:
            report = scanner.scan(path, str(path), ())
            if report.hits:
                found.append((str(path), [hit["rule"] for hit in report.hits]))
    return found


@pytest.mark.corpus
def test_no_hit_on_the_corpus_benign_files(tmp_path: Path) -> None:
    with tarfile.open(corpus("yara", "benign-files", "benign-zoneinfo.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(paths) >= 800
    assert hits_among(paths) == []


def installed() -> list[Path]:
    """Files of this machine's /usr that a file from the network could be."""
    found = [Path(folder, name) for folder, _, names in os.walk("/usr") for name in sorted(names)]
    return [it for it in found if it.is_file() and not it.is_symlink() and 0 < it.stat().st_size <= 64 << 20]


@pytest.mark.slice
def test_no_hit_on_a_sample_of_usr() -> None:
    paths = [it for it in installed() if it.stat().st_size < 1 << 20]
    assert hits_among(random.Random(1).sample(paths, min(len(paths), 5_000))) == []


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_no_hit_on_all_of_usr() -> None:
    paths = installed()
    if len(paths) < LEAST_FILES:
        pytest.skip(f"/usr has {len(paths)} files here, of {LEAST_FILES} that count")
    assert hits_among(paths) == []


def test_the_generator_stands_alone() -> None:
    text = (CASES / "yara" / "samples.py").read_text()
    modules = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert modules <= set(sys.stdlib_module_names)
