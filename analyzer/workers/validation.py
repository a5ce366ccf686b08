"""pySigma's opinion of the rule files in force, asked of a worker each time they are loaded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analyzer.workers.pool import Job, Outcome

MODULE = "analyzer.rulebook.validation"
# Two seconds to start and 5 ms a rule; SigmaHQ takes 20 s.
SECONDS = 120.0


def job(folders: Sequence[Path]) -> Job:
    """Validate every rule file below the folders."""
    paths = [path for folder in folders for path in sorted((folder / "sigma").rglob("*.yml"))]
    rules = [path for path in paths if path.name != "logsources.yml"]
    return Job(MODULE, SECONDS, ["--stdin"], "".join(f"{path}\n" for path in rules).encode())


def remarks(outcome: Outcome, folders: Sequence[Path]) -> list[dict[str, Any]]:
    """RuleFault of the HTTP API for every problem; one for the whole when the worker had to be ended."""
    found = [
        _remark(_relative(Path(str(line.get("path"))), folders), problem)
        for line in outcome.lines
        for problem in line.get("problems", ())
    ]
    if outcome.fault:
        found.append(_remark("", {"message": f"the validator {outcome.fault}"}))
    return found


def _remark(path: str, problem: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "path": path,
        "line": 0,
        "column": 0,
        "kind": "pysigma",
        "message": str(problem.get("message", "")),
        "hint": "",
    }


def _relative(path: Path, folders: Sequence[Path]) -> str:
    for folder in folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name
