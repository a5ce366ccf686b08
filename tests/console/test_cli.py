"""The command line: lazy, honest about what is missing, and with the exit codes of DESIGN."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import CODES, ENVIRONMENT, FAILED, PARTS, USAGE, app, load
from tests.corpus import ROOT


def starwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)


@pytest.mark.parametrize("name", PARTS)
def test_every_command_exists_and_answers_help(name: str) -> None:
    assert load(name).name == name
    answer = CliRunner().invoke(app, [name, "--help"])
    assert answer.exit_code == 0, answer.output


def test_help_loads_no_part() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from console.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "print([it for it in ('fastapi', 'sqlalchemy', 'luqum', 'argon2', 'analyzer._native') if it in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "console.commands", None)
    monkeypatch.delattr("console.commands", raising=False)
    answer = CliRunner().invoke(app, ["up"])
    assert answer.exit_code == ENVIRONMENT
    assert "starwatch[console]" in answer.output


def test_an_unknown_command_is_usage_with_a_suggestion() -> None:
    answer = CliRunner().invoke(app, ["stauts"])
    assert answer.exit_code == USAGE
    assert "status" in answer.output


def test_without_an_appliance_it_is_the_environment(tmp_path: Path) -> None:
    done = starwatch("--data", str(tmp_path), "accounts", "reset", "ann")
    assert done.returncode == ENVIRONMENT
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_the_environment(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[console]\nport = -1\n")
    done = starwatch("--data", str(tmp_path), "console", "run")
    assert done.returncode == ENVIRONMENT
    assert "[console] port" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_codes_are_told_apart() -> None:
    assert {code for _, code in CODES} == {FAILED, USAGE, ENVIRONMENT}
