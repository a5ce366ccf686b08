"""Cases beside rules are judged honestly."""

from pathlib import Path

import pytest

from analyzer.errors import RulebookError
from analyzer.rulebook.book import Rulebook, compile_rules
from analyzer.rulebook.cases import run_cases
from analyzer.rulebook.folder import RuleFile
from tests.analyzer.rulebook.folders import text
from tests.analyzer.sigma.one import TABLE


def book() -> Rulebook:
    return compile_rules([RuleFile("sigma/one.yml", text().encode())], TABLE)


def cases(root: Path, fires: str, quiet: str) -> Path:
    (root / "one").mkdir()
    (root / "one" / "fires.ndjson").write_text(fires)
    (root / "one" / "quiet_near.ndjson").write_text(quiet)
    return root


def test_both_kinds_hold(tmp_path: Path) -> None:
    results = run_cases(book(), cases(tmp_path, '{"a":1}\n{"a":"1"}\n', '{"a":2}\n'))
    assert [(result.case, result.events, result.passed) for result in results] == [
        ("one/fires.ndjson", 2, True),
        ("one/quiet_near.ndjson", 1, True),
    ]


def test_wrong_lines_are_named(tmp_path: Path) -> None:
    fires, quiet = run_cases(book(), cases(tmp_path, '{"a":1}\n{"a":2}\n', '{"a":2}\n\n{"a":1}\n'))
    assert (fires.wrong, fires.passed) == ([2], False)
    assert (quiet.wrong, quiet.passed) == ([3], False)


def test_broken_json_is_no_pass(tmp_path: Path) -> None:
    _, quiet = run_cases(book(), cases(tmp_path, '{"a":1}\n', '{"a":2\n'))
    assert not quiet.passed
    assert "no JSON" in quiet.message


def test_an_empty_case_is_no_pass(tmp_path: Path) -> None:
    fires, quiet = run_cases(book(), cases(tmp_path, "", "\n"))
    assert not fires.passed
    assert not quiet.passed


def test_a_rule_without_cases_has_failed(tmp_path: Path) -> None:
    assert [result.passed for result in run_cases(book(), tmp_path)] == [False, False]


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulebookError):
        run_cases(book(), tmp_path / "gone")
