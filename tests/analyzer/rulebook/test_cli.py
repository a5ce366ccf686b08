"""`starwatch rules` on a terminal: what it prints and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analyzer.rulebook.cli import ENVIRONMENT, FAILED, rules_app
from tests.analyzer.rulebook.folders import FIRST, folder, text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = folder(tmp_path / "rules", a_rule_of_ours=text())
    assert run("lock", "--rules", str(made))[0] == 0
    return made


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(rules_app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_list(root: Path) -> None:
    code, output = run("list", "--rules", str(root))
    assert code == 0
    assert "标题" in output
    assert "1 Sigma rules, 0 YARA rules, 0 faults" in output


def test_list_as_json(root: Path) -> None:
    code, output = run("list", "--rules", str(root), "--json")
    assert code == 0
    assert json.loads(output)["rules"][0]["id"] == FIRST


def test_check_is_fine(root: Path) -> None:
    assert run("check", "--rules", str(root))[0] == 0


def test_check_finds_faults_with_their_place(root: Path) -> None:
    (root / "sigma" / "deep" / "bad.yml").write_text("title: x\nlevel: urgent\n")
    code, output = run("check", "--quick", "--rules", str(root))
    assert code == FAILED
    assert "sigma/deep/bad.yml:2:8: broken: level is not one of" in output


def test_check_as_json(root: Path) -> None:
    code, output = run("check", "--quick", "--json", "--rules", str(root))
    assert (code, json.loads(output)) == (0, [])


def test_test(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "cases" / "a_rule_of_ours"
    own.mkdir(parents=True)
    (own / "fires.ndjson").write_text('{"a":1}\n')
    (own / "quiet.ndjson").write_text('{"a":1}\n')
    arguments = ("test", "--rules", str(root), "--cases", str(own.parent))
    code, output = run(*arguments)
    assert code == FAILED
    assert "quiet.ndjson: wrong lines: 1" in output
    (own / "quiet.ndjson").write_text('{"a":2}\n')
    assert run(*arguments)[0] == 0
    assert [case["wrong"] for case in json.loads(run(*arguments, "--json")[1])] == [[], []]


@pytest.mark.parametrize("command", ["list", "check"])
def test_no_folder_is_the_environment(command: str, tmp_path: Path) -> None:
    code, output = run(command, "--rules", str(tmp_path))
    assert code == ENVIRONMENT
    assert "logsources.yml" in output
