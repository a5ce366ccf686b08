"""Every shipped rule fires on its cases and stays quiet on near misses; pySigma finds nothing wrong with it."""

from functools import cache
from pathlib import Path

import pytest

from analyzer.records import LEVELS, Rule
from analyzer.rulebook import Rulebook, load, shipped
from analyzer.rulebook.cases import CaseResult, run_cases
from analyzer.rulebook.commands import validation_faults

CASES = Path(__file__).parent


@cache
def book() -> Rulebook:
    return load(shipped())


@pytest.mark.parametrize("result", run_cases(book(), CASES), ids=lambda result: f"{result.case}")
def test_case(result: CaseResult) -> None:
    assert result.passed, f"{result.rule} {result.case}: lines {list(result.wrong)} {result.message}"


def test_no_rule_is_out_of_force() -> None:
    assert book().faults == []


def test_every_case_folder_belongs_to_a_rule() -> None:
    stems = {Path(rule.path).stem for rule in book().rules}
    folders = {path.name for path in CASES.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert folders - {"yara"} == stems


def test_pysigma_finds_nothing() -> None:
    assert validation_faults(shipped()) == []


@pytest.mark.parametrize("rule", book().rules, ids=lambda rule: Path(rule.path).stem)
def test_rule_is_described_in_both_languages(rule: Rule) -> None:
    for english, chinese in (
        (rule.title, rule.title_zh),
        (rule.description, rule.description_zh),
        (rule.misses, rule.misses_zh),
    ):
        assert english
        assert english.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


@pytest.mark.parametrize("rule", book().rules, ids=lambda rule: Path(rule.path).stem)
def test_rule_is_complete(rule: Rule) -> None:
    assert rule.level in LEVELS
    assert rule.techniques
    assert rule.tactics
    assert rule.references
    assert rule.falsepositives
    assert rule.group_by
    assert rule.status == "experimental"
