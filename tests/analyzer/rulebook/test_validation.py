"""pySigma in its own process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.analyzer.rulebook.folders import text


def ask(*arguments: str, stdin: str = "") -> list[dict[str, object]]:
    command = [sys.executable, "-m", "analyzer.rulebook.validation", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_answer_a_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "a_good_rule.yml", tmp_path / "a_bad_rule.yml"
    good.write_text(text())
    bad.write_text(text().replace("condition: selection", "condition: selected"))
    answers = ask(str(good), "--stdin", stdin=f"{bad}\n{tmp_path / 'missing.yml'}\n")
    assert [Path(str(answer["path"])).name for answer in answers] == [
        "a_good_rule.yml",
        "a_bad_rule.yml",
        "missing.yml",
    ]
    assert answers[0]["problems"] == []
    assert "selected" in json.dumps(answers[1])
    assert "FileNotFoundError" in json.dumps(answers[2])


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a: [", b"[" * 100_000, b"", b"- 1", b"title: x\n", b"a: &a [*a]\n"], ids=repr
)
def test_nothing_ends_the_process(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange_rule.yml"
    path.write_bytes(content[:100_000])
    after = tmp_path / "good_rule.yml"
    after.write_text(text())
    answers = ask(str(path), str(after))
    assert len(answers) == 2
    assert answers[1]["problems"] == []
